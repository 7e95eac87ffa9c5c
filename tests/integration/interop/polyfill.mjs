// What js-libp2p 3 takes for granted and Node 20 doesn't have. Load it first.

Promise.withResolvers ??= function () {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
};
