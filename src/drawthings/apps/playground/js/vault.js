// Pictures that the next visit needs: sources of the draft, and what each job was asked (for "replay"). Kept in IndexedDB.

const SHELF = "things";
const MOST_WISHES = 40;

/** @type {Promise<IDBDatabase>|null} */
let opened = null;

function open() {
  opened ??= new Promise((done, failed) => {
    const answer = indexedDB.open("drawthings", 1);
    answer.onupgradeneeded = () => answer.result.createObjectStore(SHELF);
    answer.onsuccess = () => done(answer.result);
    answer.onerror = () => failed(answer.error);
  });
  return opened;
}

/**
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(shelf: IDBObjectStore) => IDBRequest<T>} act
 * @returns {Promise<T|undefined>}
 */
async function asked(mode, act) {
  try {
    const base = await open();
    return await new Promise((done, failed) => {
      const answer = act(base.transaction(SHELF, mode).objectStore(SHELF));
      answer.onsuccess = () => done(answer.result);
      answer.onerror = () => failed(answer.error);
    });
  } catch {
    return undefined; // A private window may have no IndexedDB: the page works on, it only forgets.
  }
}

/** @param {string} key */
export const fetchKept = (key) => asked("readonly", (shelf) => shelf.get(key));

/** @param {string} key @param {any} value */
export const store = (key, value) => asked("readwrite", (shelf) => shelf.put(value, key));

/**
 * Keep what a job was asked, and forget the oldest of them.
 * @param {string} job
 * @param {any} wish
 */
export async function keepWish(job, wish) {
  await store(`wish:${Date.now()}:${job}`, wish);
  const keys = await wishKeys();
  for (const key of keys.slice(0, Math.max(0, keys.length - MOST_WISHES))) {
    await asked("readwrite", (shelf) => shelf.delete(key));
  }
}

/** What a job was asked, if this browser asked it. @param {string} job */
export async function wishOf(job) {
  const key = (await wishKeys()).find((one) => one.endsWith(`:${job}`));
  return key ? fetchKept(key) : undefined;
}

async function wishKeys() {
  const keys = (await asked("readonly", (shelf) => shelf.getAllKeys())) ?? [];
  return keys.map(String).filter((key) => key.startsWith("wish:"));
}
