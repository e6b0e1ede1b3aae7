--- Lint rule L900: a suppression that does not say why.
return {
  code = "L900",
  name = "suppression-without-reason",
  severity = "warning",
  needs = { words = { "clnrm:" } },
  docs = {
    summary = "A suppression without a reason",
    why = [[
Behind `# clnrm: ignore[CODE]` stands why the finding does not matter here. Without it, nobody who
reads the file later can tell whether the suppression still holds.]],
    bad = [==[
[[steps]]
name = "say"
command = ["echo hi"] # clnrm: ignore[L004]
expect.stdout.contains = "hi"
]==],
    good = [==[
[[steps]]
name = "say"
command = ["echo hi"] # clnrm: ignore[L004] read by an old tool, too
expect.stdout.contains = "hi"
]==],
  },
  tests = {
    ok = { '# clnrm: an ordinary comment\nname = "x"\n' },
    bad = { { code = "# clnrm: ignore-file[L014]\n", at = { 2, 1 } } },
  },
  visit = {
    file_exit = function(cx)
      for _, one in ipairs(cx.suppressions) do
        if one.reason == "" then
          cx:report({
            place = one.comment,
            message = "a suppression without a reason",
            help = "write why, behind the bracket",
          })
        end
      end
    end,
  },
}
