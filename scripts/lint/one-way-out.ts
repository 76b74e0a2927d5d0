// Lint rules: code prints and answers only through the three writers in src/state/output (model.ts, terminal.ts, program.ts),
// which make other people's text safe. .oxlintrc.json names the few files that may write.

interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

interface Context {
  report(found: { node: Node; message: string }): void;
}

type Visitor = Record<string, (node: Node) => void>;

const streams = new Set(["stdout", "stderr"]);
/** Members of a stream that do not write to it. */
const harmless = new Set(["isTTY", "columns", "once", "on"]);
const descriptorWriters = new Set([
  "writeSync",
  "write",
  "writeFileSync",
  "appendFileSync",
  "writeFile",
]);
const streamFiles = /^\/(?:dev\/(?:stdout|stderr|tty|fd\/[12])|proc\/self\/fd\/[12])$/;
const modelFields = new Set(["additionalContext", "permissionDecisionReason", "structuredContent"]);

const nodeIn = (node: Node, field: string): Node | null => {
  const found = node[field];
  return typeof found === "object" && found !== null ? (found as Node) : null;
};
const nodesIn = (node: Node, field: string): Node[] => (node[field] as Node[] | undefined) ?? [];

/** The name of an identifier, or of a key that is a string literal. */
const nameOf = (node: Node | null): string => {
  if (node?.type === "Identifier") return String(node["name"]);
  return node?.type === "Literal" ? String(node["value"]) : "";
};
const propertyOf = (node: Node): string => nameOf(nodeIn(node, "property"));

/** True for `process` and `globalThis.process`. */
const isProcess = (node: Node | null): boolean =>
  nameOf(node) === "process" ||
  (node?.type === "MemberExpression" && propertyOf(node) === "process");

const onlyWriters = "Only the writers in src/state/output write: use one of them.";

function oneWayOut(context: Context): Visitor {
  const report = (node: Node, message = onlyWriters): void => context.report({ node, message });
  return {
    MemberExpression: (node) => {
      const stream = nodeIn(node, "object");
      // Visits `process.stdout` in `process.stdout.isTTY`, and looks at its parent for the member.
      if (!isProcess(stream) || !streams.has(propertyOf(node))) return;
      const outer = nodeIn(node, "parent");
      const isAsked =
        outer?.type === "MemberExpression" &&
        nodeIn(outer, "object") === node &&
        outer["computed"] !== true &&
        harmless.has(propertyOf(outer));
      if (!isAsked) report(node);
    },
    VariableDeclarator: (node) => {
      const [names, given] = [nodeIn(node, "id"), nodeIn(node, "init")];
      if (names?.type !== "ObjectPattern" || !isProcess(given)) return;
      for (const one of nodesIn(names, "properties")) {
        if (streams.has(nameOf(nodeIn(one, "key")))) report(one);
      }
    },
    ImportDeclaration: (node) => {
      const from = nameOf(nodeIn(node, "source"));
      const names = nodesIn(node, "specifiers").map((one) => nameOf(nodeIn(one, "imported")));
      if (
        /^(?:node:)?process$/.test(from) ||
        (/^(?:node:)?tty$/.test(from) && names.includes("WriteStream"))
      )
        report(node);
      if (/^(?:node:)?console$/.test(from)) report(node);
    },
    CallExpression: (node) => {
      const callee = nodeIn(node, "callee");
      const called = callee?.type === "MemberExpression" ? propertyOf(callee) : nameOf(callee);
      const [first] = nodesIn(node, "arguments");
      const target = first?.type === "Literal" ? first["value"] : null;
      const isStream =
        target === 1 || target === 2 || (typeof target === "string" && streamFiles.test(target));
      if (
        isStream &&
        (descriptorWriters.has(called) || called === "createWriteStream" || called === "openSync")
      )
        report(node);
      if (called === "_rawDebug" || called === "emitWarning") report(node);
      if (
        called === "json" &&
        nameOf(callee?.type === "MemberExpression" ? nodeIn(callee, "object") : null) === "Response"
      ) {
        report(node, "Answer by jsonResponse of src/state/output/json-output.ts.");
      }
    },
    AssignmentExpression: (node) => {
      const left = nodeIn(node, "left");
      if (
        left?.type === "MemberExpression" &&
        isProcess(nodeIn(left, "object")) &&
        propertyOf(left) === "title"
      )
        report(node);
    },
  };
}

/** The rule for folders whose code answers a model. */
function modelAnswers(context: Context): Visitor {
  const report = (node: Node, message: string): void => context.report({ node, message });
  return {
    ObjectExpression: (node) => {
      const properties = nodesIn(node, "properties").filter(({ type }) => type === "Property");
      const named = (name: string) => properties.find((one) => nameOf(nodeIn(one, "key")) === name);
      const [type, text] = [named("type"), named("text")];
      if (type !== undefined && text !== undefined && nameOf(nodeIn(type, "value")) === "text") {
        report(
          node,
          "A block of text for a model is made by modelBlock of src/state/output/model.ts.",
        );
      }
      for (const one of properties) {
        const value = nodeIn(one, "value");
        const made = value?.type === "CallExpression" ? nameOf(nodeIn(value, "callee")) : "";
        if (modelFields.has(nameOf(nodeIn(one, "key"))) && !/^model(?:Text|Data)$/.test(made)) {
          report(
            one,
            "What a model is given goes through modelText or modelData of src/state/output/model.ts.",
          );
        }
      }
    },
  };
}

export default {
  meta: { name: "sitrep" },
  rules: { "one-way-out": { create: oneWayOut }, "model-answers": { create: modelAnswers } },
};
