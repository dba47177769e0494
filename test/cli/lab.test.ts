import { expect, test } from "vitest";
import { ringside } from "../support/command.js";

test("without a name, the labs are listed with their switches", () => {
  const { code, output } = ringside(["lab"]);
  expect(code).toBe(0);
  expect(output).toMatch(/^classes /m);
  expect(output).toMatch(/^sensitive .*\n {2}--with umip /m);
});

test("a lab prints what its run gave, as text or as JSON", () => {
  expect(ringside(["lab", "sensitive"]).output).toMatch(/^popf .*IF 0 .*IF 1 .*LIES/m);
  const report = JSON.parse(ringside(["lab", "sensitive", "--with", "umip", "--json"]).output);
  expect(report.tables[0].rows.find((row: string[]) => row[0] === "str eax")).toContain("#GP(0000)");
  expect(ringside(["lab", "costs"]).output).toMatch(/^pgfault +1093 +3927 +11242$/m);
  expect(ringside(["lab", "classes"]).output).toMatch(/^critical +\d+ +\d+$/m);
});

test.each([
  [["lab", "nothing"], /^ringside: there is no lab "nothing"; there are classes, sensitive, rings, shadow, costs\n$/],
  [["lab", "sensitive", "--with", "umip,x"], /^ringside: the lab "sensitive" has no switch "x"; there are umip, pvi\n$/],
  [["lab", "classes", "--with", "umip"], /has no switch "umip"; it has none\n$/],
  [["lab", "--json"], /^ringside: a lab's name is needed/],
  [["lab", "classes", "more"], /too many arguments/],
])("%j ends in one sentence", (args, sentence) => {
  const { code, output, errors } = ringside(args);
  expect([code, output]).toEqual([2, ""]);
  expect(errors).toMatch(sentence);
});
