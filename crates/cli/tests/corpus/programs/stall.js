// A small market stall in Node.js that goes wrong in the way its first argument names.
'use strict';
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');

class PriceError extends Error {
  constructor(fruit) {
    super(`no price for ${fruit}`);
    this.name = 'PriceError';
    this.fruit = fruit;
  }
}

function price(prices, fruit) {
  if (!(fruit in prices)) throw new PriceError(fruit);
  return prices[fruit];
}

async function deliver(first) {
  await new Promise((done) => setTimeout(done, 20));
  return price({}, first || 'plums');
}

function peel(layer) {
  return peel(layer + 1) + 1;
}

const [how, first, second] = process.argv.slice(2);
const ways = {
  uncaught: () => price({}, 'pears'),
  type: () => undefined.weight,
  rejection: () => void deliver('plums'),
  'rejection-text': () => void Promise.reject('sold out'),
  deep: () => peel(0),
  heap: () => {
    const crates = [];
    for (;;) crates.push({ fruits: new Array(1000).fill({ at: crates.length }) });
  },
  eat: () => {
    const crates = [];
    for (;;) crates.push(Buffer.alloc(4 << 20, 1));
  },
  exit: () => {
    console.error('stall: no licence for today');
    process.exit(4);
  },
  text: () => { throw 'sold out'; },
  abort: () => process.abort(),
  emitter: () => new (require('node:events'))().emit('error', new Error('scales are broken')),
  aggregate: () => void Promise.any([Promise.reject(new Error('no plums')), Promise.reject(new Error('no pears'))]),
  denied: () => fs.readFileSync(first),
  assert: () => require('node:assert').strictEqual(1, 2),
  module: () => require('left-stall'),
  serve: () => http.createServer().listen(Number(second), first),
  ask: () => net.connect(Number(first), '127.0.0.1'),
  resolve: () => net.connect(80, first),
  read: () => fs.readFileSync(first),
  fill: () => {
    const file = fs.openSync(first, 'w');
    for (;;) fs.writeSync(file, Buffer.alloc(65536));
  },
  'open-all': () => {
    for (;;) fs.openSync('/dev/null', 'r');
  },
  json: () => JSON.parse(fs.readFileSync(first, 'utf8')),
};
(ways[how] || (() => console.log('nothing to sell')))();
