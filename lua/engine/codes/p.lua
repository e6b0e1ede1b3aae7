--- Family P: what is wrong with the text of a test file.  See engine.codes for the form of a page.
---
--- P0xx: the text is not TOML (core.toml finds these).  P1xx: it is TOML, but not a test file.

---@type table<string, engine.codes.Page>
local codes = {
  P000 = { title = "The text is too large", text = "A test file has at most 16 MiB." },
  P001 = {
    title = "The text is not UTF-8",
    text = "Save the file as UTF-8; to test with other bytes, let a step make them.",
  },
  P002 = {
    title = "A control character stands in the text",
    text = "Control characters other than tab and newline are written as escapes: `\"\\u0000\"`.",
  },
  P003 = {
    title = "A carriage return stands alone",
    text = "Lines end with a line feed, or with carriage return and line feed.",
  },
  P004 = { title = "The text is UTF-16 or UTF-32", text = "Save the file as UTF-8." },
  P005 = {
    title = "Nested too deep",
    text = "Tables, arrays, headers and dotted keys together go at most 128 levels deep.",
  },
  P006 = {
    title = "Too many values",
    text = [[
A test file has at most 50,000 values, tables included, and so have all cells of its matrix
together. Split it into several.]],
  },
  P007 = { title = "A key is too long", text = "One part of a key has at most 65,535 bytes." },
  P009 = {
    title = "More errors than are shown",
    text = "A hundred errors of a file are told, and as many warnings; the others are counted.",
  },
  P010 = { title = "A key was expected", text = "A line is `key = value` or a `[header]`." },
  P011 = {
    title = "No equals sign behind a key",
    text = "A key and its value are joined by `=`.",
  },
  P012 = { title = "No value behind the equals sign", text = "Every key has a value." },
  P013 = {
    title = "Something stands behind a value or a header",
    text = "Each key has a line of its own. A text that holds a quote must escape it.",
  },
  P014 = {
    title = "A header is not closed",
    text = "`[table]` and `[[list of tables]]` end as they began.",
  },
  P015 = {
    title = "An array is not closed, or a comma is missing in it",
    text = "The items of an array are parted by commas: `[1, 2]`.",
  },
  P016 = {
    title = "An inline table is not closed, or a comma is missing in it",
    text = "The keys of an inline table are parted by commas: `{ a = 1, b = 2 }`.",
  },
  P017 = {
    title = "An inline table over several lines",
    text = "TOML 1.0 forbids it. Test files are read as TOML 1.1, which allows it.",
  },
  P018 = {
    title = "A comma at the end of an inline table",
    text = "TOML 1.0 forbids it. Test files are read as TOML 1.1, which allows it.",
  },
  P019 = {
    title = "A text is not closed on its line",
    text = "A text in single or double quotes ends on its line; three go over several lines.",
  },
  P020 = {
    title = "A text over several lines is not closed",
    text = "It ends with three quotes.",
  },
  P021 = {
    title = "An unknown escape",
    text = [[
In double quotes a backslash starts an escape. Regular expressions and Windows paths are easier in
single quotes, where it does not.]],
  },
  P022 = {
    title = "An escape names no character",
    text = "`\\u` and `\\U` take the number of a Unicode character that is not a surrogate.",
  },
  P023 = {
    title = "A number is not well formed",
    text = "No leading zeros; underscores and points only between digits.",
  },
  P024 = { title = "A number is too large", text = "Whole numbers have 64 bits." },
  P025 = {
    title = "A date or time is not well formed",
    text = "Dates are `2025-01-31`, times `13:05:00`; the day must exist.",
  },
  P026 = {
    title = "A word where a value was expected",
    text = "Text stands in quotes; the only words without are `true`, `false`, `inf` and `nan`.",
  },
  P027 = { title = "A text over several lines as a key", text = "Keys stand on one line." },
  P030 = {
    title = "A key is given twice",
    text = "Of two values only one could hold, and the reader of the file cannot tell which.",
  },
  P031 = {
    title = "A table is defined twice",
    text = "Put its keys together under one header. A list of tables is `[[name]]`.",
  },
  P032 = {
    title = "A key below a value that is not a table",
    text = "`a = 1` and `a.b = 2` cannot both hold.",
  },
  P033 = {
    title = "A table or an array is added to where that is not allowed",
    text = "What is written in braces or brackets is complete.",
  },
  P034 = {
    title = "A table and an array of tables by the same name",
    text = "`[name]` is one table, `[[name]]` one of a list.",
  },
  P040 = {
    title = "Not valid Lua",
    text = [[
The compiler of Lua 5.4 stops here. It names what it did not expect; a missing `end`, `)` or quote
is often some lines above.]],
  },
  P041 = {
    title = "Compiled Lua",
    text = [[
The file is bytecode (it starts with an escape character). Bytecode is not checked by Lua and can do
anything to the program that loads it, so only text is read.]],
  },
  P101 = {
    title = "Unknown key or table",
    text = [[
A key that clnrm does not know is never passed over: a misspelt `expected_exit_cod` would check
nothing and the test would be green. Only in `[meta]`, `[watch]` and `[report]` an unknown key is a
warning, unless it is nearly one that a verdict hangs on.]],
  },
  P102 = {
    title = "Wrong type",
    text = "The value is of another type than the key takes; nothing is converted silently.",
  },
  P103 = {
    title = "The value is not allowed",
    text = "The value has the right type, but is empty, out of range or no word allowed.",
  },
  P104 = {
    title = "A key is missing",
    text = "The table needs this key.",
  },
  P105 = {
    title = "Said twice",
    text = [[
Two keys or tables say the same thing: two spellings of one key, `[meta]` and `[test]` with the same
key, two steps or scenarios of one name, two exit codes for one step. Leave one out.]],
  },
  P106 = {
    title = "Not a regular expression",
    text = "The expression does not compile. The language is PCRE2 (Perl's).",
  },
  P107 = {
    title = "Not a duration",
    text = [[
A duration is whole seconds (`10`) or text with a unit: `"500ms"`, `"10s"`, `"2m"`, `"1h"`,
`"1m30s"`. It is more than nothing and at most a year.]],
  },
  P108 = {
    title = "Not a path into JSON",
    text = [[
A path is `$` followed by any of `.name`, `["any name"]` and `[index]`: `$.list[0].name`. Indexes
count from 0, negative ones from the end.]],
  },
  P109 = {
    title = "Can never hold",
    text = "Two demands contradict each other: nothing could pass this test.",
  },
  P110 = {
    title = "Nothing to check",
    text = "A file with neither steps nor scenarios proves nothing, so it cannot pass.",
  },
  P111 = {
    title = "A scenario without steps",
    text = "A scenario has `run`, `steps`, or both; with neither it proves nothing.",
  },
  P112 = {
    title = "A check that checks nothing",
    text = "An empty table of checks, or an expression that is found in every text.",
  },
  P113 = {
    title = "No such service, step or value",
    text = [[
A name refers to a service or a step that the file does not have, to a service module that is
neither in the standard library nor in the project's folder `services`, to a rule of `[assertions]`
that is neither there nor in the folder `assertions`, or `${name}` to a value that no step
captures.]],
  },
  P114 = {
    title = "A circle of dependencies",
    text = "Steps or services wait for each other, so none could ever start.",
  },
  P116 = {
    title = "A NUL character",
    text = "Arguments, variables and paths cannot hold U+0000: the kernel ends them there.",
  },
  P140 = {
    title = "A file of Lua tests that registers none",
    text = [[
A `*.clnrm.lua` file registers its tests while it is loaded, with `clnrm.test(name, fn)`. This one
registered none, so there is nothing that could pass. A plain program is run by `clnrm FILE.lua`.]],
  },
  P142 = {
    title = "A file of Lua tests that cannot be loaded",
    text = [[
The file raised an error, or took longer than 30 s, before its tests were known: an error in its own
code or in a module that it requires, a misspelt option of `clnrm.test`, two tests of one name.]],
  },
  P143 = {
    title = "clnrm.only leaves tests out",
    text = [[
The file registers tests with `clnrm.only`: its others are skipped. That is for the time of writing
a test; forgotten, it hides what the others would say. With `--strict` it is an error.]],
  },
  P120 = {
    title = "Not enforced by this build yet",
    text = [[
The key is right, but this build does not act on it. A test that asks for what cannot be checked
gets the verdict `error`, never `pass`: leave the key out, or use a build that has it.]],
  },
  P121 = {
    title = "Not one condition, or half of one",
    text = [[
A table that says one thing says none, or two, or something that belongs to a key that is not there.
A condition of `wait` is one of port, http, log, cmd, file and exit; a list says several.]],
  },
  P122 = {
    title = "Outside the project",
    text = [[
A room shows the project and nothing else of this machine's files: no path that leaves it, no link
that leads out of it, no socket of a container engine. For volumes the command line can permit it:
`--allow mounts`, and, apart from that, `--allow engine-socket`.]],
  },
  P123 = {
    title = "A service that starts nothing",
    text = "Without an image there is no command of its own: the service says what is started.",
  },
  P124 = {
    title = "A room cannot give that",
    text = [[
A sandbox room has one user, its own loopback and limits that can only be lowered. What asks for
another user, an address outside or more than the room has would run under other conditions than it
says. The users of an image can be had where Docker or Podman makes the room.]],
  },
  P125 = {
    title = "A service module that cannot be used",
    text = [[
The file that `plugin` leads to does not load, or what it gives is no service. A module is a table
{ options =, spec = }; `spec(o)` returns keys of `[services.NAME]`.]],
  },
  P126 = {
    title = "No such file or folder",
    text = "A path of the project that a service needs is not there, or is not what it must be.",
  },
  P127 = {
    title = "A rule of assertions that cannot be used",
    text = [[
`assertions/NAME.lua` of the project cannot be read, is no Lua, raises an error, or gives something
else than a rule: a table with a function `check`, and with `value` and `summary` if it likes.]],
  },
  P128 = {
    title = "A Lua module of a hook that cannot be used",
    text = [[
The file that `[hooks]` names was read, and raised an error, took too long, or returned neither a
function nor a table with one for that hook. It may register no tests. `clnrm run` executes it;
`clnrm list` and `clnrm validate` only compile it.]],
  },
  P129 = {
    title = "Not to be had by a file alone",
    text = [[
What reaches the machine itself is asked for on the command line by whoever runs the tests, since a
file may come from anywhere: `--allow NAME`, with the name that the message says. Such are the
network and the namespaces of the machine, its devices, added capabilities, `privileged`, and
commands of hooks that run on it.]],
  },
  P160 = {
    title = "A value may not be there yet",
    text = [[
An argument uses `${name}`, and the step that captures the value need not have ended when this one
begins: they may overlap, it stands further down, or it is this very step. Name it in
`depends_on`.]],
  },
}

---@type engine.codes.Family
return { letter = "P", title = "Parsing and the schema", codes = codes }
