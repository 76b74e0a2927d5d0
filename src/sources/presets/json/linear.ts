// Linear's GraphQL API (@linear/sdk 98): the issues that are assigned to the key's owner, each with the branch that Linear
// offers for it. A change takes the id of a state of the team, or of a person, which is read first.

import type { HttpPreset } from "../../../core/mapping/http-mapping.ts";
import { startOf } from "./texts.ts";

const fields = `identifier title description priority branchName dueDate url createdAt updatedAt
  state{name type} assignee{displayName} labels{nodes{name}} parent{identifier} estimate
  inverseRelations{nodes{type issue{identifier state{type}}}}`;

const list = `query($after:String){viewer{assignedIssues(first:50,after:$after,orderBy:updatedAt,
  filter:{state:{type:{nin:["completed","canceled"]}}}){nodes{${fields}} pageInfo{hasNextPage endCursor}}}}`;

const task = `(
  $over := ["completed", "canceled"];
  $blockers := inverseRelations.nodes[type = "blocks" and $not(issue.state.type in $over)].issue.identifier;
  {
    "id": identifier, "title": title, "url": url, "description": ${startOf("description")},
    "status": state.type in $over ? state.type
      : $exists($blockers) and state.type != "started" ? "blocked" : state.name,
    "priority": priority, "assignees": [assignee.displayName], "labels": [labels.nodes.name], "due": dueDate,
    "branch": branchName, "parent": parent.identifier, "dependsOn": [$blockers],
    "estimatedEffort": estimate ? $string(estimate) & " points", "createdAt": createdAt, "updatedAt": updatedAt
  }
)`;

const path = "/graphql";

/** If several states have one type, the first is Linear's default. Linear has no type for blocked issues. */
const state = `(
  $types := {"pending": "unstarted", "in_progress": "started", "completed": "completed", "cancelled": "canceled"};
  $all := data.issue.team.states.nodes;
  $fit := $with.wanted = "blocked" ? $all[$contains(name, /block|on hold/i)]
    : $all[type = $lookup($types, $with.wanted)];
  [($fit^(position))[0].{"id": id}]
)`;

const change = (field: string) => ({
  method: "POST" as const,
  path,
  body: {
    query: `mutation($id:String!,$value:String!){issueUpdate(id:$id,input:{${field}:$value}){success issue{${fields}}}}`,
    variables: { id: "${id}", value: "${item.id}" },
  },
  tasks: "data.issueUpdate[success].issue",
  task,
  priorityScale: "one-highest" as const,
});

export const linear: HttpPreset = {
  name: "linear",
  title: "Linear issues",
  url: "https://api.linear.app",
  auth: { header: "authorization" },
  needsToken: true,
  hints: {
    400: "Linear refused the request: its API may have changed.",
    401: "Its key is wrong or revoked. Make one at linear.app/settings/account/security, then: sitrep source secret NAME.",
  },
  mapping: {
    list: {
      method: "POST",
      path,
      body: { query: list, variables: { after: "${cursor?}" } },
      tasks: "data.viewer.assignedIssues.nodes",
      task,
      cursor: "data.viewer.assignedIssues.pageInfo[hasNextPage].endCursor",
      priorityScale: "one-highest",
    },
    get: {
      method: "POST",
      path,
      body: { query: `query($id:String!){issue(id:$id){${fields}}}`, variables: { id: "${id}" } },
      tasks: "data.issue",
      task,
      priorityScale: "one-highest",
    },
    update: {
      method: "POST",
      path,
      body: {
        query: "query($id:String!){issue(id:$id){team{states{nodes{id name type position}}}}}",
        variables: { id: "${id}" },
      },
      items: state,
      each: change("stateId"),
    },
    comment: {
      method: "POST",
      path,
      body: {
        query:
          "mutation($id:String!,$text:String!){commentCreate(input:{issueId:$id,body:$text}){success}}",
        variables: { id: "${id}", text: "${text}" },
      },
      tasks: "data.commentCreate[success]",
    },
    assign: {
      method: "POST",
      path,
      body: {
        query: `query($name:String!){users(filter:{or:[{displayName:{eqIgnoreCase:$name}},
          {name:{eqIgnoreCase:$name}},{email:{eqIgnoreCase:$name}}]}){nodes{id}}}`,
        variables: { name: "${name}" },
      },
      items: '[data.users.nodes.{"id": id}]',
      each: change("assigneeId"),
    },
    hasOneAssignee: true,
    whoAmI: {
      method: "POST",
      path,
      body: { query: "{viewer{displayName name email}}" },
      tasks: "data.viewer",
      task: "[displayName, name, email]",
    },
  },
};
