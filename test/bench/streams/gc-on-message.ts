/** Imported into a measured process: collects its garbage when it is asked to. */
process.on('message', (message) => {
  if (message !== 'collect') return;
  globalThis.gc?.();
  process.send?.('collected');
});
process.channel?.unref();
