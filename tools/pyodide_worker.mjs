// Run scripts in Pyodide in a browser's worker, as in_pyodide.mjs does under Node.
import { loadPyodide } from "./pyodide/pyodide.mjs";

onmessage = async ({ data }) => {
  const { wheel, packages, scripts } = data;
  const said = [];
  try {
    const python = await loadPyodide({
      env: { MPLBACKEND: "Agg", HOME: "/home/pyodide" },
      stdout: (line) => said.push(line),
      stderr: (line) => said.push(line),
    });
    await python.loadPackage(packages, { messageCallback: () => {} });
    python.unpackArchive(await (await fetch(wheel)).arrayBuffer(), "whl");
    for (const script of scripts) {
      said.length = 0;
      const code = await (await fetch(script)).text();
      const begun = performance.now();
      let wrong = "";
      try {
        const globals = python.toPy({ __name__: "__main__" });
        python.runPython(code, { globals, filename: script });
      } catch (error) {
        wrong = [...said, error.message.slice(0, 3000)].join("\n");
      }
      postMessage({ script, wrong, seconds: (performance.now() - begun) / 1000 });
    }
    postMessage({ done: true });
  } catch (error) {
    postMessage({ done: true, broken: String(error) });
  }
};
