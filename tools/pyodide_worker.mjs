// Run scripts in Pyodide in a browser's worker, as pyodide_node.mjs does under Node.
import { loadPyodide } from "./pyodide/pyodide.mjs";

onmessage = async ({ data }) => {
  const { wheel, packages, scripts } = data;
  const messages = [];
  try {
    const python = await loadPyodide({
      env: { MPLBACKEND: "Agg", HOME: "/home/pyodide" },
      stdout: (line) => messages.push(line),
      stderr: (line) => messages.push(line),
    });
    await python.loadPackage(packages, { messageCallback: () => {} });
    python.unpackArchive(await (await fetch(wheel)).arrayBuffer(), "whl");
    for (const script of scripts) {
      messages.length = 0;
      const code = await (await fetch(script)).text();
      const start = performance.now();
      let failure = "";
      try {
        const globals = python.toPy({ __name__: "__main__" });
        python.runPython(code, { globals, filename: script });
      } catch (error) {
        failure = [...messages, error.message.slice(0, 3000)].join("\n");
      }
      postMessage({ script, error: failure, seconds: (performance.now() - start) / 1000 });
    }
    postMessage({ done: true });
  } catch (error) {
    postMessage({ done: true, crashed: String(error) });
  }
};
