// Ends what start.js began on this page.
globalThis[Symbol.for('kbc-e2b-capture')]?.();
