// dcnet.mjs: a DC-net (every operation and role of the chapter dcnet) that is asked over the harness protocol HP/1.

import { createCipheriv, createHash, createPrivateKey, createPublicKey, diffieHellman, hkdfSync } from 'node:crypto';

// A refusal is thrown, and always before anything is changed. // HP-16, HP-23
class Refusal extends Error {}
function refuse(clause, reason, culprit) {
  throw Object.assign(new Refusal(reason), { clause, culprit });
}

// ---- Words ----
// Inside, a word of either group is a bigint: a string of bytes stands for the number it writes big-endian.
// Bytes that are no words (sessions, keys, nonces, messages) stay the hexadecimal text that they came as.

const hex = (number, width) => BigInt(number).toString(16).padStart(2 * width, '0');
const ascii = (text) => Buffer.from(text, 'ascii').toString('hex');
const fromHex = (text) => Buffer.from(text, 'hex');

const xorGroup = ({ bytes }) => ({ kind: 'xor', width: bytes, add: (a, b) => a ^ b, negate: (a) => a });
const modGroup = ({ modulus }) => ({
  kind: 'mod',
  modulus,
  width: Math.ceil((modulus - 1n).toString(16).length / 2),
  add: (a, b) => (a + b) % modulus,
  negate: (a) => (modulus - a) % modulus,
});
const sumOf = (group, words) => words.reduce((sum, word) => group.add(sum, word), 0n);

// A word as it comes from the wire, already known to be bytes. // DCN-1
function readWord(group, text) {
  if (text.length !== 2 * group.width) refuse('DCN-1', `a word has ${group.width} bytes here`);
  const word = BigInt(`0x${text}`);
  if (group.kind === 'mod' && word >= group.modulus) refuse('DCN-1', 'not below the modulus');
  return word;
}
const writeWord = (group, word) => hex(word, group.width);

// The word of a message: the message, the mark 80, and zeros to the full width. // DCN-2
function frame({ group, message }) {
  if (group.kind !== 'xor') refuse('DCN-2', 'messages are framed in xor only');
  const room = group.width - message.length / 2 - 1;
  if (room < 0) refuse('DCN-2', `the message has more than ${group.width - 1} bytes`);
  return { word: `${message}80${'00'.repeat(room)}` };
}

// The message of a word. // DCN-3
function unframe({ group, word }) {
  if (group.kind !== 'xor') refuse('DCN-3', 'messages are framed in xor only');
  const bytes = fromHex(writeWord(group, word));
  const mark = bytes.findLastIndex((byte) => byte !== 0);
  if (bytes[mark] !== 0x80) refuse('DCN-3', 'no mark before the trailing zeros');
  return { message: bytes.toString('hex', 0, mark) };
}

// ---- Three at a table ----

// What a diner says aloud. // DCN-4
const say = ({ coins: [left, right], paid }) => ({ said: left ^ right ^ Number(paid) });

// Whether one of the three paid, by what they said. // DCN-5
const payer = ({ said: [a, b, c] }) => ({ one_of_them: a ^ b ^ c });

// ---- The net ----

const isMember = (member, members) => member >= 0 && member < members;

// A net has three members at least. // DCN-6
function checkSize(members) {
  if (members < 3) refuse('DCN-6', 'fewer than three members');
}

// A key graph that hides: a net, edges that are edges, all of it connected. // DCN-6, DCN-7, DCN-8
function checkNet(members, edges) {
  checkSize(members);
  if (!edges.every(([i, j]) => 0 <= i && i < j && j < members)) refuse('DCN-7', 'an edge that is none');
  if (new Set(edges.map(String)).size < edges.length) refuse('DCN-7', 'an edge stands there twice');
  // Too few edges cannot connect; asked first, an absurd number of members costs nothing.
  if (edges.length < members - 1 || components(members, edges).length > 1) refuse('DCN-8', 'not connected');
}

// Nobody shares a pad with itself, and nobody has a number below zero. // DCN-7
function checkPeers(me, peers) {
  if (me < 0 || peers.some((peer) => peer < 0)) refuse('DCN-7', 'members are numbered from 0');
  if (peers.includes(me)) refuse('DCN-7', 'a pad shared with oneself');
}

// The set of neighbours of each member.
function neighbourhoods(members, edges) {
  const near = Array.from({ length: members }, () => new Set());
  for (const [i, j] of edges) {
    near[i].add(j);
    near[j].add(i);
  }
  return near;
}

// Whether there is a pad for each neighbour and for nobody else. // DCN-12
function isComplete(pads, neighbours) {
  return pads.size === neighbours.size && [...neighbours].every((peer) => pads.has(peer));
}

// What a member announces: its message and its share of each pad, which it negates where it is the higher end. // DCN-9
function announcement(group, me, pads, message) {
  const shares = [...pads].map(([peer, pad]) => (me < peer ? pad : group.negate(pad)));
  return sumOf(group, [message, ...shares]);
}

// The announcement of a member that keeps no state. // DCN-7, DCN-9
function announce({ group, me, pads, message }) {
  checkPeers(me, [...pads.keys()]);
  return { word: writeWord(group, announcement(group, me, pads, message)) };
}

// What was said in a round. // DCN-10
const combine = ({ group, words }) => ({ word: writeWord(group, sumOf(group, words)) });

// A member, which remembers one number: the last round that it announced in. // DCN-6, DCN-7, DCN-8
class Member {
  constructor({ group, members, edges, me }) {
    checkNet(members, edges);
    if (!isMember(me, members)) refuse('DCN-7', `${me} is not on the roster`);
    Object.assign(this, { group, me, neighbours: neighbourhoods(members, edges)[me], lastRound: -1 });
  }

  // The announcement of a round. // DCN-9, DCN-11, DCN-12, DCN-13
  speak({ round, pads, message }) {
    if (message === 0n) refuse('DCN-11', 'the word zero is no message');
    if (round <= this.lastRound) refuse('DCN-13', `the pads up to round ${this.lastRound} are spent`);
    checkPeers(this.me, [...pads.keys()]);
    if (!isComplete(pads, this.neighbours)) refuse('DCN-12', 'not one pad for each neighbour');
    this.lastRound = round;
    return { word: writeWord(this.group, announcement(this.group, this.me, pads, message ?? 0n)) };
  }
}

// ---- Pads ----

// X25519 keys are handed to node in DER: these prefixes, then the 32 bytes.
const PRIVATE_KEY = '302e020100300506032b656e04220420';
const PUBLIC_KEY = '302a300506032b656e032100';

// The own public value, and Z. // DCN-15
function agree(secret, peerPublic) {
  const privateKey = createPrivateKey({ key: fromHex(PRIVATE_KEY + secret), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey({ key: fromHex(PUBLIC_KEY + peerPublic), format: 'der', type: 'spki' });
  const own = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).toString('hex');
  try {
    return [own.slice(PUBLIC_KEY.length), diffieHellman({ privateKey, publicKey })];
  } catch {
    // With two keys that were read well, an agreement of zeros is all that OpenSSL fails at.
    return refuse('DCN-15', 'the agreement is all zeros');
  }
}

// The pad that two members derive for a round. // DCN-7, DCN-14
function derivePad({ group, session, round, me, peer, secret, public: peerPublic }) {
  checkPeers(me, [peer]);
  const isXor = group.kind === 'xor';
  const [ownPublic, z] = agree(secret, peerPublic);
  const ends = me < peer ? ownPublic + peerPublic : peerPublic + ownPublic;
  const kind = isXor ? '00' + hex(group.width, 8) : '01' + hex(group.modulus - 1n, 8);
  const info = ascii('anonspec dcnet pad1') + session + hex(round, 8) + kind + ends;
  const key = Buffer.from(hkdfSync('sha256', z, '', fromHex(info), 32));
  const zeros = Buffer.alloc(isXor ? group.width : group.width + 16);
  const stream = createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(zeros);
  const pad = BigInt(`0x${stream.toString('hex')}`);
  return { word: writeWord(group, isXor ? pad : pad % group.modulus) };
}

// ---- A round, as a reader sees it ----

// A reader of one round; it adds up as it hears, and tells the sum only when it is whole. // DCN-6, DCN-10
class Reader {
  constructor({ group, members, round }) {
    checkSize(members);
    Object.assign(this, { group, members, round, missing: new Set(Array(members).keys()), sum: 0n, state: 'waiting' });
  }

  // Nothing comes after the end of a round. // DCN-19
  checkWaiting() {
    if (this.state !== 'waiting') refuse('DCN-19', `the round is ${this.state}`);
  }

  // An announcement. // DCN-16, DCN-17
  hear({ round, member, word }) {
    this.checkWaiting();
    if (round !== this.round) refuse('DCN-17', `this is round ${this.round}`);
    if (!isMember(member, this.members)) refuse('DCN-16', `${member} is not on the roster`);
    if (!this.missing.has(member)) refuse('DCN-16', `${member} has announced already`, member);
    this.missing.delete(member);
    this.sum = this.group.add(this.sum, word);
    if (this.missing.size === 0) this.state = 'combined';
    return this.look();
  }

  // The end of the reader's patience. // DCN-18
  close() {
    this.checkWaiting();
    this.state = 'failed';
    return this.look();
  }

  // The report; a Set keeps its order, so the missing are ascending. // DCN-18
  look() {
    const sum = this.state === 'combined' ? writeWord(this.group, this.sum) : null;
    return { state: this.state, missing: [...this.missing], sum };
  }
}

// ---- Reservation ----

// A slot must be one that the group has. // DCN-20
function checkSlot(group, choice) {
  if (group.kind !== 'xor') refuse('DCN-20', 'slots are reserved in xor only');
  if (choice < 0 || choice >= 8 * group.width) refuse('DCN-20', `there are ${8 * group.width} slots`);
}

// The word that reserves a slot; slots are counted from the left. // DCN-20
function reserve({ group, choice }) {
  checkSlot(group, choice);
  return { word: writeWord(group, 1n << BigInt(8 * group.width - 1 - choice)) };
}

// The round in the cycle that belongs to a slot: the number of ones before it. // DCN-21, DCN-22
function turn({ group, sum, choice }) {
  checkSlot(group, choice);
  const bytes = fromHex(writeWord(group, sum));
  const bitAt = (slot) => (bytes[slot >> 3] >> (7 - (slot & 7))) & 1;
  if (bitAt(choice) === 0) return { turn: null };
  let before = 0;
  for (let slot = 0; slot < choice; slot++) before += bitAt(slot);
  return { turn: before };
}

// Whether a sender has to take its message for lost. // DCN-23
const lost = ({ sent, sum }) => ({ lost: sent !== sum });

// ---- Averaging ----

// How a sum is divided: v bits of a value, h more for the total, h for the count above. // DCN-24
function layout(group, members) {
  checkSize(members);
  if (group.kind !== 'mod') refuse('DCN-24', 'averaging is for mod only');
  const bits = (group.modulus - 1n).toString(2).length;
  const h = members.toString(2).length;
  const v = bits - 2 * h;
  if (v < 1 || group.modulus !== 1n << BigInt(bits)) refuse('DCN-24', 'the modulus is not 2^(v + 2h), v of 1 or more');
  return { highest: (1n << BigInt(v)) - 1n, shift: BigInt(v + h) };
}

// The word that sends a value. // DCN-24
function signal({ group, members, value }) {
  const { highest, shift } = layout(group, members);
  if (value > highest) refuse('DCN-24', `the value is above ${highest}`);
  return { word: writeWord(group, (1n << shift) + value) };
}

// Whether so many values within the range can have this total. // DCN-26
function isPossible({ low, high, count, total }) {
  return count >= 0n && count * low <= total && total <= count * high;
}

// The values that the sums so far give away, and the range to ask for next. // DCN-25, DCN-26
function resolve(rounds, members, highest) {
  const received = [];
  if (rounds.length === 0) return { received, ask: [0n, highest] };
  const [first, ...later] = rounds;
  const whole = { low: 0n, high: highest, ...first };
  if (whole.count > BigInt(members) || !isPossible(whole)) refuse('DCN-26', 'the first sum cannot be');
  const pending = [whole];
  while (pending.length > 0) {
    const { low, high, count, total } = pending.pop();
    if (count === 1n) received.push(total);
    if (count < 2n) continue;
    const mean = total / count;
    if (later.length === 0) return { received, ask: [low, mean] };
    const again = later.shift();
    if (again.count === count) {
      if (again.total !== total || total !== count * mean) refuse('DCN-26', 'all again, and not all the mean');
      for (let i = 0n; i < count; i++) received.push(mean);
      continue;
    }
    const lower = { low, high: mean, ...again };
    const upper = { low: mean + 1n, high, count: count - again.count, total: total - again.total };
    if (again.count === 0n || !isPossible(lower) || !isPossible(upper)) refuse('DCN-26', 'groups that cannot be');
    pending.push(upper, lower); // the lower is resolved first
  }
  if (later.length > 0) refuse('DCN-26', 'a sum after the last group');
  return { received, ask: null };
}

// A reader of averaging: sums divided, resolved, and written as words. // DCN-25
function average({ group, members, sums }) {
  const { highest, shift } = layout(group, members);
  const rounds = sums.map((sum) => ({ count: sum >> shift, total: sum % (1n << shift) }));
  const { received, ask } = resolve(rounds, members, highest);
  const write = (word) => writeWord(group, word);
  return { received: received.map(write), ask: ask && ask.map(write) };
}

// ---- Traps and blame ----

// The commitment to a word; `ends` are the member and its neighbour, for a pad. // DCN-27
function commit(kind, { group, session, round, nonce }, word, ends = '') {
  const fields = ascii('anonspec dcnet com1') + kind + session + hex(round, 8) + ends + nonce + writeWord(group, word);
  return { commitment: createHash('sha256').update(fromHex(fields)).digest('hex') };
}

// A member's commitment to its pad. // DCN-7, DCN-27
function commitPad({ me, peer, pad, ...rest }) {
  checkPeers(me, [peer]);
  if (Math.max(me, peer) >= 2 ** 32) refuse('DCN-27', 'a member number has four bytes here');
  return commit('00', rest, pad, hex(me, 4) + hex(peer, 4));
}

// An owner's commitment to a trap or a message. // DCN-27
const commitWord = ({ trap, word, ...rest }) => commit(trap ? '02' : '01', rest, word);

// What disruptors added to a trap, if the trap is one to be opened. // DCN-28, DCN-29, DCN-30
function mayOpen({ commitment, sum, ...opening }) {
  const { group, trap, word } = opening;
  if (!trap) refuse('DCN-28', 'a message is never opened');
  if (commitWord(opening).commitment !== commitment) refuse('DCN-29', 'not what was committed to');
  if (sum === word) refuse('DCN-30', 'the trap was not spoiled');
  return { excess: writeWord(group, group.add(sum, group.negate(word))) };
}

// Who is to blame for a spoiled trap, and which edges are disputed. // DCN-16, DCN-31, DCN-32
function blame({ group, members, edges, owner, trap, announced, opened }) {
  checkNet(members, edges);
  const roster = [...Array(members).keys()];
  if (!isComplete(announced, new Set(roster))) refuse('DCN-16', 'not the announcements of exactly the roster');
  if (!isMember(owner, members)) refuse('DCN-16', 'the owner is not on the roster');
  const near = neighbourhoods(members, edges);
  const hasOpened = roster.map((member) => isComplete(opened.get(member) ?? new Map(), near[member]));
  const owed = (member) => announcement(group, member, opened.get(member), member === owner ? trap : 0n);
  const isDisputed = ([i, j]) => hasOpened[i] && hasOpened[j] && opened.get(i).get(j) !== opened.get(j).get(i);
  return {
    disruptors: roster.filter((member) => !hasOpened[member] || announced.get(member) !== owed(member)),
    disputed: edges.filter(isDisputed).sort(([i, j], [k, l]) => i - k || j - l),
  };
}

// ---- What an observer sees ----

// The components of the key graph when some members are taken out of it. // DCN-33
function components(members, edges, without = []) {
  const near = neighbourhoods(members, edges);
  const seen = new Set(without);
  const sets = [];
  for (let first = 0; first < members; first++) {
    if (seen.has(first)) continue;
    const set = new Set([first]);
    // A Set that grows while it is walked is walked to its end.
    for (const member of set) {
      seen.add(member);
      for (const peer of near[member]) if (!seen.has(peer)) set.add(peer);
    }
    sets.push([...set].sort((a, b) => a - b));
  }
  return sets;
}

// The anonymity sets that are left against a coalition. // DCN-33
function anonymitySets({ members, edges, coalition }) {
  checkNet(members, edges);
  if (!coalition.every((member) => isMember(member, members))) refuse('DCN-33', 'a colluder who is no member');
  if (new Set(coalition).size < coalition.length) refuse('DCN-33', 'a colluder named twice');
  return { sets: components(members, edges, coalition) };
}

// The least number of edges that withstands so many colluders. // DCN-34
function leastKeys({ members, colluders }) {
  checkSize(members);
  if (colluders < 0 || colluders > members - 2) refuse('DCN-34', 'colluders are 0 to n - 2');
  if (colluders === 0) return { keys: members - 1 };
  const keys = (BigInt(members) * BigInt(colluders + 1) + 1n) / 2n;
  if (keys > 2n ** 53n) throw new RangeError('more keys than an answer can say');
  return { keys: Number(keys) };
}

// ---- Operations and roles ----
// A type is a function of a value, its place (for the reason) and the group; it gives what the program works with.

const malformed = (place, reason) => refuse('HP-15', `${place}: ${reason}`);
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

const truth = (value, place) => (typeof value === 'boolean' ? value : malformed(place, 'not true or false'));
const integer = (least, most) => (value, place) =>
  Number.isInteger(value) && value >= least && value <= most ? value : malformed(place, 'not such an integer');

const bytes = (length) => (value, place) => {
  const isHex = typeof value === 'string' && value.length % 2 === 0 && !/[^0-9a-f]/.test(value);
  if (!isHex) malformed(place, 'not lowercase hexadecimal');
  if (length !== undefined && value.length !== 2 * length) malformed(place, `not ${length} bytes`);
  return value;
};
const word = (value, place, group) => readWord(group, bytes()(value, place));
const orNull = (type) => (value, place, group) => (value === null ? null : type(value, place, group));

const list = (type, least = 0, most = Infinity) => (value, place, group) => {
  if (!Array.isArray(value) || value.length < least || value.length > most) malformed(place, 'not such a list');
  return value.map((item, index) => type(item, `${place}.${index}`, group));
};
const mapFromMembers = (type) => (value, place, group) => {
  if (!isObject(value)) malformed(place, 'not an object');
  const isNumber = (key) => /^(0|[1-9][0-9]{0,15})$/.test(key);
  if (!Object.keys(value).every(isNumber)) malformed(place, 'a key that is no number');
  return new Map(Object.entries(value).map(([key, item]) => [Number(key), type(item, `${place}.${key}`, group)]));
};

// An object with exactly these fields; a group among them is the first, and the words after it are read in it.
const record = (fields) => (value, place, group) => {
  if (!isObject(value)) malformed(place, 'not an object');
  for (const name of Object.keys(value)) if (!Object.hasOwn(fields, name)) malformed(name, 'no such field');
  const taken = {};
  for (const [name, type] of Object.entries(fields)) {
    if (!Object.hasOwn(value, name)) malformed(name, 'missing');
    taken[name] = type(value[name], name, taken.group ?? group);
  }
  return taken;
};

const modulus = (value, place) => {
  const isDecimal = typeof value === 'string' && /^[1-9][0-9]{0,19}$/.test(value);
  if (!isDecimal || BigInt(value) < 2n || BigInt(value) > 2n ** 64n) malformed(place, 'not 2 to 2^64 in decimal');
  return BigInt(value);
};
const kinds = new Map([
  ['xor', { fields: { bytes: integer(1, 2 ** 20) }, make: xorGroup }],
  ['mod', { fields: { modulus }, make: modGroup }],
]);
const group = (value, place) => {
  const { kind, ...rest } = isObject(value) ? value : malformed(place, 'not an object');
  const { fields, make } = kinds.get(kind) ?? malformed(place, 'no kind');
  return make(record(fields)(rest, place));
};

const bit = integer(0, 1);
const number = integer(-(2 ** 53), 2 ** 53); // of members, of one, of a slot: clauses say what is out of range
const round = integer(0, 2 ** 53 - 1);
const edges = list(list(number, 2, 2));
const pads = mapFromMembers(word);
const session = bytes(16);
const nonce = bytes(32);
const onBoard = { announced: mapFromMembers(word), opened: mapFromMembers(orNull(pads)) };

const operations = new Map(Object.entries({
  'dcnet.frame': [frame, { group, message: bytes() }],
  'dcnet.unframe': [unframe, { group, word }],
  'dcnet.say': [say, { coins: list(bit, 2, 2), paid: truth }],
  'dcnet.payer': [payer, { said: list(bit, 3, 3) }],
  'dcnet.announce': [announce, { group, me: number, pads, message: word }],
  'dcnet.combine': [combine, { group, words: list(word, 1) }],
  'dcnet.pad': [derivePad, { group, session, round, me: number, peer: number, secret: bytes(32), public: bytes(32) }],
  'dcnet.reserve': [reserve, { group, choice: number }],
  'dcnet.turn': [turn, { group, sum: word, choice: number }],
  'dcnet.lost': [lost, { group, sent: word, sum: word }],
  'dcnet.signal': [signal, { group, members: number, value: word }],
  'dcnet.average': [average, { group, members: number, sums: list(word) }],
  'dcnet.commit_pad': [commitPad, { group, session, round, me: number, peer: number, nonce, pad: word }],
  'dcnet.commit_word': [commitWord, { group, session, round, trap: truth, nonce, word }],
  'dcnet.may_open': [mayOpen, { group, session, round, commitment: bytes(32), trap: truth, nonce, word, sum: word }],
  'dcnet.blame': [blame, { group, members: number, edges, owner: number, trap: word, ...onBoard }],
  'dcnet.anonymity_sets': [anonymitySets, { members: number, edges, coalition: list(number) }],
  'dcnet.least_keys': [leastKeys, { members: number, colluders: number }],
}));

const roles = new Map(Object.entries({
  'dcnet.member': {
    Party: Member,
    fields: { group, members: number, edges, me: number },
    events: new Map([['speak', { round, pads, message: orNull(word) }]]),
  },
  'dcnet.reader': {
    Party: Reader,
    fields: { group, members: number, round },
    events: new Map([['hear', { round, member: number, word }], ['close', {}], ['look', {}]]),
  },
}));

const capabilities = [
  'xor', 'mod', 'frame', 'three', 'sum', 'pads', 'reservation', 'averaging', 'traps', 'graph', 'member', 'reader',
];

// ---- The harness protocol ----

const subjects = new Map();

// A name that this program does not know, thrown before anything else is looked at. // HP-12
class Unsupported extends Error {}
function lookUp(map, name) {
  if (!map.has(name)) throw new Unsupported(String(name));
  return map.get(name);
}

// A kind of group is such a name, where the table has a group and the question gives one. // HP-12
function checkKind(fields, input) {
  const kind = fields.group && input?.group?.kind;
  if (typeof kind === 'string' && !kinds.has(kind)) throw new Unsupported(`dcnet.${kind}`);
}

// A subject's name. // HP-15
function nameOf({ subject }) {
  return typeof subject === 'string' ? subject : malformed('subject', 'not text');
}

// The subject of a question, which must be running. // HP-21
function running(question) {
  return subjects.get(nameOf(question)) ?? refuse('HP-21', 'no subject of this name is running');
}

// What this program is. // HP-10
const describe = () => ({
  hp: 1,
  impl: { name: 'dcnet.mjs', version: '1.0', language: 'javascript' },
  capabilities: Object.fromEntries(capabilities.map((name) => [`dcnet.${name}`, {}])),
});

// A pure operation, if there is an `op`, or else events for a subject. // HP-18
function run(question) {
  if (!Object.hasOwn(question, 'op')) return runEvents(question);
  const [operation, fields] = lookUp(operations, question.op);
  checkKind(fields, question.in);
  return { out: operation(record(fields)(question.in, 'in')) };
}

// A result for each event, whatever came of those before it. // HP-15, HP-22
function runEvents(question) {
  const { party, events } = running(question);
  if (!Array.isArray(question.events)) malformed('events', 'not a list');
  const results = question.events.map((event) => attempt(() => {
    if (!isObject(event) || Object.keys(event).length !== 1) malformed('event', 'not an object with one member');
    const [[name, given]] = Object.entries(event);
    return { out: party[name](record(lookUp(events, name))(given, name, party.group)) };
  }));
  return { results };
}

// Begins a party under a name that is not in use. // HP-19, HP-20
function start(question) {
  const { Party, fields, events } = lookUp(roles, question.role);
  checkKind(fields, question.params);
  if (subjects.has(nameOf(question))) refuse('HP-20', 'a subject of this name is running');
  subjects.set(question.subject, { party: new Party(record(fields)(question.params, 'params')), events });
  return { out: {} };
}

// Forgets a subject. // HP-25
function stop(question) {
  running(question);
  subjects.delete(question.subject);
  return { out: {} };
}

const commands = new Map(Object.entries({ describe, run, start, stop }));

// What an act gives, or how it came to nothing. // HP-16, HP-17
function attempt(act) {
  try {
    return act();
  } catch (failure) {
    const { message, clause, culprit } = failure;
    if (failure instanceof Refusal) return { reject: { clause, reason: message, culprit } };
    return failure instanceof Unsupported ? { unsupported: message } : { error: { message } };
  }
}

// The answer to a line, itself a line. // HP-2, HP-4, HP-5
function answer(line) {
  let id;
  const content = attempt(() => {
    const question = JSON.parse(line);
    id = question.id;
    return lookUp(commands, question.cmd)(question);
  });
  const text = `${JSON.stringify({ id, ...content })}\n`;
  if (Buffer.byteLength(text) <= 2 ** 24) return text;
  return `${JSON.stringify({ id, error: { message: 'the answer is longer than a line may be' } })}\n`;
}

// Lines end at the byte 0a and nowhere else, which node's readline sees otherwise. // HP-1
async function* lines(input) {
  let parts = [];
  for await (const chunk of input) {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      yield Buffer.concat([...parts, chunk.subarray(from, end)]).toString();
      parts = [];
      from = end + 1;
    }
    parts.push(chunk.subarray(from));
  }
}

// HP-1, HP-3, HP-6
for await (const line of lines(process.stdin)) process.stdout.write(answer(line));
