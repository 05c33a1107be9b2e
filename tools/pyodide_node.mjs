// Run scripts in Pyodide, each in its own namespace: node pyodide_node.mjs DIR WHEEL PACKAGES SCRIPT...
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, wheel, packages, ...scripts] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));
const messages = [];
const python = await loadPyodide({
  indexURL: `${folder}/`,
  env: { MPLBACKEND: "Agg", HOME: "/home/pyodide" },
  stdout: (line) => messages.push(line),
  stderr: (line) => messages.push(line),
});
await python.loadPackage(packages.split(","), { messageCallback: () => {} });
python.unpackArchive(new Uint8Array(readFileSync(wheel)).buffer, "whl");
let failed = 0;
for (const script of scripts) {
  messages.length = 0;
  const start = process.cpuUsage();
  let verdict = "passed";
  try {
    const globals = python.toPy({ __name__: "__main__" });
    python.runPython(readFileSync(script, "utf8"), { globals, filename: script });
  } catch (error) {
    failed += 1;
    verdict = `failed\n${[...messages, error.message.slice(0, 3000)].join("\n")}`;
  }
  const used = process.cpuUsage(start);
  const seconds = ((used.user + used.system) / 1e6).toFixed(1); // of the processor's time
  console.log(`${basename(script, ".py").padEnd(24)} ${seconds.padStart(6)} s  ${verdict}`);
}
process.exit(failed ? 1 : 0);
