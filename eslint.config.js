import js from "@eslint/js";
import tseslint from "typescript-eslint";

const TIMERS =
  "A 30-day setTimeout fires after 7 ms (32-bit overflow). Wait with Clock.sleep, and journal waits that must outlive the process.";
const CLOCK = "Take a Clock as an argument, so that one seed can replay a whole schedule.";

const AMBIENT = [
  { selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']", message: CLOCK },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: CLOCK },
  { selector: "CallExpression[callee.name='Date']", message: CLOCK },
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: "Take randomness as an argument; for secrets use node:crypto.",
  },
  {
    selector: "MemberExpression[object.name='process'][property.name='env']",
    message: "The environment is read in the cli, main.ts and compose.ts, and handed on.",
  },
];

const SHAPE = [
  {
    selector: "TSEnumDeclaration",
    message: "Node strips types and cannot run enums: use a union of literals.",
  },
  {
    selector: "ExportDefaultDeclaration",
    message: "Export by name: files are named for their export, and a rename shows everywhere.",
  },
  { selector: "ExportSpecifier[exported.name='default']", message: "Export by name." },
];

const NAMES = [
  { selector: "default", format: ["camelCase"], leadingUnderscore: "allow" },
  { selector: "import", format: null },
  { selector: "variable", modifiers: ["const", "global"], format: ["camelCase", "UPPER_CASE"] },
  { selector: "typeLike", format: ["PascalCase"] },
  {
    selector: "interface",
    format: ["PascalCase"],
    custom: { regex: "^I[A-Z]", match: false },
  },
  { selector: ["variable", "parameter"], modifiers: ["destructured"], format: null },
  // Keys are often someone else's: headers, wire formats, codes.
  { selector: ["objectLiteralProperty", "objectLiteralMethod", "typeProperty", "enumMember"], format: null },
];

export default tseslint.config(
  { ignores: ["dist/", ".cache/", "coverage/"] },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "separate-type-imports" }],
      "@typescript-eslint/consistent-type-exports": "error",
      "@typescript-eslint/no-import-type-side-effects": "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { requireDefaultForNonUnion: true, considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/naming-convention": ["error", ...NAMES],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      // A number in a template prints as one would expect.
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      // tsc's noPropertyAccessFromIndexSignature is off on purpose; either spelling reads well.
      "@typescript-eslint/dot-notation": "off",
      // A port is implemented by functions that need not all wait.
      "@typescript-eslint/require-await": "off",
      // `return fold(state)` reads well in a switch, whatever it returns.
      "@typescript-eslint/no-confusing-void-expression": "off",
      // It asks for `!`, which the strict rules refuse.
      "@typescript-eslint/non-nullable-type-assertion-style": "off",
      // Ports name a type that the caller chooses.
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      "@typescript-eslint/no-empty-function": [
        "error",
        { allow: ["methods", "asyncMethods", "arrowFunctions"] },
      ],
      // `== null` means null or undefined.
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-restricted-syntax": ["error", ...SHAPE],
    },
  },
  {
    files: ["src/**/*.ts"],
    rules: {
      "no-console": "error",
      "no-restricted-syntax": ["error", ...SHAPE, ...AMBIENT],
      "no-restricted-globals": [
        "error",
        { name: "setTimeout", message: TIMERS },
        { name: "setInterval", message: TIMERS },
      ],
      "no-restricted-properties": [
        "error",
        { object: "globalThis", property: "setTimeout", message: TIMERS },
        { object: "globalThis", property: "setInterval", message: TIMERS },
      ],
      "no-restricted-imports": [
        "error",
        {
          paths: ["timers", "node:timers", "timers/promises", "node:timers/promises"].map((name) => ({
            name,
            message: TIMERS,
          })),
        },
      ],
    },
  },
  {
    // The one place that turns the machine's clock into a Clock.
    files: ["src/**/system-clock.ts"],
    rules: {
      "no-restricted-syntax": ["error", ...SHAPE],
      "no-restricted-globals": "off",
      "no-restricted-properties": "off",
      "no-restricted-imports": "off",
    },
  },
  {
    // Where the process meets the core: these read the environment and hand it on.
    files: ["src/compose.ts", "src/compose/**/*.ts", "src/main.ts", "src/sandbox/main.ts", "src/cli/**/*.ts"],
    rules: { "no-restricted-syntax": ["error", ...SHAPE], "no-console": "off" },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/unbound-method": "off",
    },
  },
  { files: ["*.config.ts", "*.config.js", "test/reporter.ts"], rules: { "no-restricted-syntax": "off" } },
);
