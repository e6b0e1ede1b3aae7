--- Family F: formatting.  See engine.codes for the form of a page.
---@type engine.codes.Family
return {
  letter = "F",
  title = "Formatting",
  codes = {
    F010 = {
      title = "A template has no one layout",
      text = [[
`clnrm fmt` takes each tag of a template for a value, a part of a text, or a comment, and formats
the TOML around it. That is not possible where a tag is not closed, where what stands around the
tags is no TOML by itself (a bracket, a quote or a comma that only one branch of an `{% if %}`
has), and where a block begins between other brackets than it ends. A template that is named like no
test file, `_part.toml.tera` say, is one that others include: inside of a string its blanks would be
a value, and it does not tell where it lands. The file is left as it is, which is no error: the exit
code does not change.

Put brackets, quotes and commas outside of the blocks, or inside of one tag.]],
    },
    F011 = {
      title = "A formatted text would not be the same",
      text = [[
What `clnrm fmt` is about to write is read again first: it must have the same values, the same
types and the same comments, and with `--verify` formatting it once more must change nothing. Here
that did not hold, so the file was left as it is. It is a bug in clnrm (exit code 3): please report
it with the file. Until then `# clnrm: fmt off` and `# clnrm: fmt on` around the place leave it
out.]],
    },
  },
}
