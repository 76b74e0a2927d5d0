// Todoist's API, version 1 (@doist/todoist-sdk 11): open tasks of all projects, or of one. Its responses have no address of a task.

import type { HttpPreset } from "../../../core/mapping/http-mapping.ts";
import { startOf } from "./texts.ts";

const task = `is_deleted ? null : {
  "id": id, "title": content, "url": "https://app.todoist.com/app/task/" & id,
  "description": ${startOf("description")}, "status": checked ? "completed" : "open",
  "priority": ["none", "medium", "high", "urgent"][$number($$.priority) - 1],
  "assignees": [responsible_uid], "labels": [labels], "parent": parent_id,
  "due": deadline.date ? deadline.date : due.date, "createdAt": added_at, "updatedAt": updated_at
}`;

export const todoist: HttpPreset = {
  name: "todoist",
  title: "Todoist tasks",
  url: "https://api.todoist.com/api/v1",
  settings: { project: "only tasks in this project, by id", label: "only tasks with this label" },
  needsToken: true,
  hints: {
    401: "Its token is wrong or revoked. Make one in Todoist's settings (Integrations), then: sitrep source secret NAME.",
    403: "Its token is not allowed to read this project.",
    404: "Check the project's id (with.project).",
  },
  mapping: {
    list: {
      path: "/tasks",
      query: { project_id: "${project?}", label: "${label?}", limit: 100, cursor: "${cursor?}" },
      tasks: "results",
      task,
      cursor: "next_cursor",
    },
    get: { path: "/tasks/${id}", task },
    create: {
      method: "POST",
      path: "/tasks",
      body: {
        content: "${title}",
        description: "${description?}",
        project_id: "${project?}",
        due_date: "${due?}",
      },
      task,
    },
    update: { method: "POST", path: "/tasks/${id}/${status}", task },
    comment: {
      method: "POST",
      path: "/comments",
      body: { task_id: "${id}", content: "${text}" },
    },
    statusWords: { completed: "close", pending: "reopen" },
    states: ["pending", "completed"],
    whoAmI: { path: "/user", task: "[id, full_name, email]" },
  },
};
