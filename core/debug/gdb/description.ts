// The target description: which registers there are, under gdb's names for i386 processors, and the system's registers beside them.
// GDB manual, "Target Descriptions", "Standard Target Features", "i386 Features".
import { REGISTERS, type RegisterDescription } from "../registers.js";

type Flag = readonly [name: string, first: number, last?: number];

const FEATURES: readonly { readonly key: RegisterDescription["feature"]; readonly name: string; readonly types: string }[] = [
  {
    key: "core",
    name: "org.gnu.gdb.i386.core",
    types: flags("i386_eflags", [
      ["CF", 0],
      ["", 1],
      ["PF", 2],
      ["AF", 4],
      ["ZF", 6],
      ["SF", 7],
      ["TF", 8],
      ["IF", 9],
      ["DF", 10],
      ["OF", 11],
      ["NT", 14],
      ["RF", 16],
      ["VM", 17],
      ["AC", 18],
      ["VIF", 19],
      ["VIP", 20],
      ["ID", 21],
    ]),
  },
  {
    key: "sse",
    name: "org.gnu.gdb.i386.sse",
    types: [
      vector("v4f", "ieee_single", 4),
      vector("v2d", "ieee_double", 2),
      vector("v16i8", "int8", 16),
      vector("v8i16", "int16", 8),
      vector("v4i32", "int32", 4),
      vector("v2i64", "int64", 2),
      '<union id="vec128">',
      '<field name="v4_float" type="v4f"/><field name="v2_double" type="v2d"/><field name="v16_int8" type="v16i8"/>',
      '<field name="v8_int16" type="v8i16"/><field name="v4_int32" type="v4i32"/><field name="v2_int64" type="v2i64"/>',
      '<field name="uint128" type="uint128"/></union>',
      flags("i386_mxcsr", [
        ["IE", 0],
        ["DE", 1],
        ["ZE", 2],
        ["OE", 3],
        ["UE", 4],
        ["PE", 5],
        ["DAZ", 6],
        ["IM", 7],
        ["DM", 8],
        ["ZM", 9],
        ["OM", 10],
        ["UM", 11],
        ["PM", 12],
        ["FZ", 15],
      ]),
    ].join("\n"),
  },
  { key: "system", name: "org.ringside.i386.system", types: "" },
];

function flags(id: string, fields: readonly Flag[]): string {
  const lines = fields.map(([name, first, last = first]) => `<field name="${name}" start="${first}" end="${last}"/>`);
  return `<flags id="${id}" size="4">\n${lines.join("\n")}\n</flags>`;
}

function vector(id: string, type: string, count: number): string {
  return `<vector id="${id}" type="${type}" count="${count}"/>`;
}

function group({ feature, name }: RegisterDescription): string {
  if (feature === "system") return ' group="system"';
  return /^f[a-z]{2,4}$/.test(name) ? ' group="float"' : "";
}

function register(r: RegisterDescription): string {
  return `<reg name="${r.name}" bitsize="${r.bits}" type="${r.type}"${group(r)}/>`;
}

/** target.xml. */
export const TARGET_DESCRIPTION = `<?xml version="1.0"?>
<!DOCTYPE target SYSTEM "gdb-target.dtd">
<target>
<architecture>i386</architecture>
${FEATURES.map(
  ({ key, name, types }) =>
    `<feature name="${name}">\n${types}\n${REGISTERS.filter((r) => r.feature === key)
      .map(register)
      .join("\n")}\n</feature>`,
).join("\n")}
</target>
`;
