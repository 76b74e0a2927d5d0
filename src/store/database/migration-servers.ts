// The migration of a store that several servers share. As the others it is never changed, and imports no rules.

import { sql, type Kysely } from "kysely";

/**
 * 006, of PostgreSQL alone: every change is told to whoever listens, with the commit and by whichever program it is made;
 * and the requests that several servers count together, which need not survive a power cut.
 */
export async function tellChanges(db: Kysely<unknown>): Promise<void> {
  // A notice has at most 8,000 bytes, and one that is longer would fail the write.
  await sql`
    create function sitrep_tell_tasks() returns trigger language plpgsql as $$
    declare
      whose text;
      said text;
    begin
      for whose in select distinct organization from changed loop
        said := json_build_object('organization', whose, 'tasks', (
          select json_agg(json_build_array(one.project, one.id))
          from (select project, id from changed where organization = whose order by id limit 101) as one))::text;
        if octet_length(said) > 7900 or json_array_length(said::json -> 'tasks') > 100 then
          said := json_build_object('organization', whose)::text;
        end if;
        perform pg_notify('sitrep', said);
      end loop;
      return null;
    end $$`.execute(db);
  await sql`
    create function sitrep_tell_rows() returns trigger language plpgsql as $$
    begin
      perform pg_notify('sitrep', json_build_object('organization', organization, 'tasks', array[]::text[])::text)
      from (select distinct organization from changed) as rows;
      return null;
    end $$`.execute(db);
  await sql`
    create function sitrep_tell_keys() returns trigger language plpgsql as $$
    begin
      notify sitrep, '{"keys": true}';
      return null;
    end $$`.execute(db);
  const rows = { insert: "new", update: "new", delete: "old" };
  const triggers = { tasks: "tasks", tickets: "rows", ids: "rows" };
  for (const [table, what] of Object.entries(triggers)) {
    for (const [change, which] of Object.entries(rows)) {
      // oxlint-disable-next-line no-await-in-loop -- in order
      await sql`
        create trigger ${sql.ref(`sitrep_${change}`)} after ${sql.raw(change)} on ${sql.ref(table)}
        referencing ${sql.raw(which)} table as changed
        for each statement execute function ${sql.ref(`sitrep_tell_${what}`)}()`.execute(db);
    }
  }
  await sql`
    create trigger sitrep_change after update or delete on api_keys
    for each statement execute function sitrep_tell_keys()`.execute(db);
  await sql`
    create unlogged table request_counts (
      name text collate "C" primary key, count bigint not null, ends timestamptz not null)`.execute(
    db,
  );
}
