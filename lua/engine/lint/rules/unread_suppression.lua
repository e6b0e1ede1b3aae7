--- Lint rule L902: a suppression that cannot be read.
return {
  code = "L902",
  name = "unread-suppression",
  severity = "warning",
  needs = { words = { "clnrm:" } },
  docs = {
    summary = "A suppression that suppresses nothing",
    why = [[
A comment that begins with `clnrm: ignore` names codes in brackets: `# clnrm: ignore[L301] reason`,
or `ignore-file[L301]` for the file. This one has none, or another word, and is not heeded.]],
    bad = [==[
[[steps]]
name = "say"
command = ["echo hi"] # clnrm: ignore it is read by an old tool, too
expect.stdout.contains = "hi"
]==],
    good = [==[
[[steps]]
name = "say"
command = ["echo hi"] # clnrm: ignore[L004] it is read by an old tool, too
expect.stdout.contains = "hi"
]==],
  },
  tests = {
    ok = { '# clnrm: ignored is what follows\nmeta.name = "# clnrm: ignore"\n' },
    bad = {
      { code = "# clnrm: ignore[]\n", at = { 2, 1 } },
      { code = "# clnrm:ignore-line[L014] why\n", at = { 2, 1 } },
      { code = 'x = 1 # clnrm: ignore L301\n# clnrm: ignore\n', at = { 2, 7 }, count = 2 },
    },
  },
  visit = {
    file_exit = function(cx)
      for _, comment in ipairs(cx.suppressions.unread) do
        cx:report({
          place = comment,
          message = "this suppresses nothing",
          help = "the codes stand in brackets: clnrm: ignore[L301] reason",
        })
      end
    end,
  },
}
