"""Draw the figures of docs/results from the stored runs, and write the table of the README."""

from results import changes, claims, studies, table03

for chapter in (claims, changes, studies, table03):
    chapter.write()
