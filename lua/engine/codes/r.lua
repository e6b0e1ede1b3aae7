--- Family R: rendering of templates.  See engine.codes for the form of a page.
---@type engine.codes.Family
return {
  letter = "R",
  title = "Rendering",
  codes = {
    R001 = {
      title = "The template cannot be read",
      text = [[
A text that holds `{{`, `{%` or `{#` anywhere is a template, in Tera's language. Something in it
is not of this language: a tag that is not closed, a name or an operator where none can stand, a
block inside of what cannot hold it. Text that only looks like a template stands between `{% raw
%}` and `{% endraw %}`.]],
    },
    R002 = {
      title = "A name in a tag is not defined",
      text = [[
`{{ NAME }}` is looked up in the command line's values (`-D`, `--vars`), the cell of `[matrix]`,
`[vars]` of the file and of the project, and among the standard names `svc`, `env`, `endpoint`,
`exporter`, `image`, `freeze_clock` and `token`; `clnrm render FILE --show-vars` lists them. A
value that only some entries of `include` give is not there in the other cells.
`{{ NAME | default(value="x") }}` takes another value instead, and `{% if NAME %}` is false.]],
    },
    R003 = {
      title = "A value cannot be inserted there",
      text = [[
A value is inserted as its text, without quotes. Inside a string of TOML it must stay inside: a
quote that would end the string, a backslash where backslashes are escapes, or a line end in a
string of one line is refused. Write the text in `'…'` or `'''…'''`, where a backslash means
itself. A table has no text: name one of its keys.]],
    },
    R004 = {
      title = "A table that is read before the tags hangs on tags",
      text = [[
`[vars]` and `[matrix]` are read before any tag is replaced, so that the rest of the file can use
them: no tag is in them, no block around them, and no include, macro, parent or value writes them.
So are `seed` and `freeze_clock` of `[determinism]`, where tags draw or tell the time. Write the
values out, outside of all blocks.]],
    },
    R005 = { title = "Too many tags", text = "A test file has at most 10,000 tags. Split it." },
    R006 = {
      title = "The template cannot be rendered",
      text = [[
A filter, a test or a function was given what it cannot take, or there is none with this name; a
template to include, import or extend is not there; or a limit was reached: 64 levels of includes,
macros and parents, 1,000,000 steps of all cells of a file together, 16 MiB of text. The notes name
the template in which it happened and how it came there.]],
    },
    R010 = {
      title = "A list of the matrix is wrong",
      text = [[
`[matrix]` has lists of values by names of letters, digits, `-` and `_`. Each value stands once in
its list; `exclude` and `include` are lists of tables.]],
    },
    R011 = {
      title = "An entry of exclude or include changes nothing",
      text = [[
An entry of `exclude` takes out each cell that has all its values; one that takes none out was
meant otherwise: a name or a value is misspelt, or another entry took the cells out. An entry of
`include` is added to the cells whose values it does not change, or is a cell by itself; one that
adds nothing says nothing.]],
    },
    R012 = {
      title = "The matrix has no cell, or too many",
      text = [[
A file without a cell would test nothing. A matrix has at most 1,000 cells, whose texts are at
most 16 MiB together; `exclude` and `include` have at most 1,000 entries each.]],
    },
    R013 = {
      title = "A value is used nowhere",
      text = [[
A value of `[vars]` that no tag uses changes nothing, and a list of `[matrix]` that no tag uses
makes cells that differ in nothing; so does a list whose name `-D` or `--vars` gives one value.
They are run, but the value was meant to do something: it is a warning, and an error with
`--strict` and in `validate`.]],
    },
    R015 = {
      title = "A value of the command line is of another type",
      text = [[
`-D NAME=VALUE` becomes what it replaces: a whole number, a number, true or false, a list, a table
or a time, as the value of the cell, of `[vars]` of the file or of the project is. Where it
replaces nothing it is a text. A value of `--vars` has a type already, which has to be the same.]],
    },
    R014 = {
      title = "No such cell",
      text = [[
`FILE[a=1,b=x]` on the command line means the cells of that file whose names have all these parts,
as `clnrm list FILE` shows them.]],
    },
  },
}
