// The part of a migration for servers that share a PostgreSQL store. As migrations do, it imports no rules.

const functions = [
  // A notification has at most 8,000 bytes; a longer one would make the write fail.
  `create function sitrep_tell_tasks() returns trigger language plpgsql as $$
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
   end $$`,
  `create function sitrep_tell_rows() returns trigger language plpgsql as $$
   begin
     perform pg_notify('sitrep', json_build_object('organization', organization, 'tasks', array[]::text[])::text)
     from (select distinct organization from changed) as rows;
     return null;
   end $$`,
  `create function sitrep_tell_keys() returns trigger language plpgsql as $$
   begin
     notify sitrep, '{"keys": true}';
     return null;
   end $$`,
];

const transitionTables = { insert: "new", update: "new", delete: "old" };

const onEachChange = (table: string, what: "tasks" | "rows"): string[] =>
  Object.entries(transitionTables).map(
    ([change, which]) =>
      `create trigger sitrep_${change} after ${change} on ${table} referencing ${which} table as changed
       for each statement execute function sitrep_tell_${what}()`,
  );

/** Announced with its commit. The requests that servers count together need not survive a crash. */
export const noticeTriggers: readonly string[] = [
  ...functions,
  ...onEachChange("tasks", "tasks"),
  ...onEachChange("tickets", "rows"),
  ...onEachChange("ids", "rows"),
  `create trigger sitrep_change after update or delete on api_keys
   for each statement execute function sitrep_tell_keys()`,
  `create unlogged table request_counts (
     name text collate "C" primary key, count bigint not null, ends timestamptz not null)`,
];

/** A comment is a change of its task. */
export const commentNotices: readonly string[] = [
  `create function sitrep_tell_comment() returns trigger language plpgsql as $$
   begin
     perform pg_notify('sitrep', json_build_object('organization', new.organization,
       'tasks', json_build_array(json_build_array(new.project, new.task_id)))::text);
     return null;
   end $$`,
  `create trigger sitrep_insert after insert on task_comments
   for each row execute function sitrep_tell_comment()`,
];
