// Storages, which forget.
const { Map, String } = core;

const storage = () => {
  const m = new Map();
  return {
    getItem: k => m.has(String(k)) ? m.get(String(k)) : null, setItem(k, v) { m.set(String(k), String(v)); },
    removeItem(k) { m.delete(String(k)); }, clear() { m.clear(); }, get length() { return m.size; },
  };
};

return { storage };
