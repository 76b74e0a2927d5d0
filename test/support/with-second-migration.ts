// Preloaded (`node --import`) it makes the command, run from its sources, a later version: its store has one more migration.

import { registerHooks } from "node:module";

const marker = "Migrations => ({\n";
const second = `
  "003-initials": {
    up: async (db) => {
      await sql\`alter table tasks add column initial text\`.execute(db);
      await sql\`update tasks set initial = substr(title, 1, 1)\`.execute(db);
    },
  },
`;

registerHooks({
  load: (url, context, next) => {
    const loaded = next(url, context);
    if (!url.endsWith("/store/database/migrations.ts")) return loaded;
    const source = String(loaded.source);
    if (!source.includes(marker)) throw new Error("migrations.ts has changed: mend the test");
    return { ...loaded, source: source.replace(marker, marker + second) };
  },
});
