"""Draw the figures of docs/results from the stored runs, and write the table of the README."""

from results import changes, claims, studies

for chapter in (claims, changes, studies):
    chapter.write()
