// Waits at its top level for a promise that nobody keeps.
console.log('opening');
await new Promise(() => {});
