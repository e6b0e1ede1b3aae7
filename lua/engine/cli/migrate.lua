--- clnrm migrate: rewrites older spellings of test files; comments and order stay.
local exit_codes = require("engine.cli.exit_codes")

local M = {
  summary = "Rewrites older spellings of test files; comments and order stay.",
  usage = "clnrm migrate [PATH ...|-]",
  examples = {
    { "clnrm migrate --diff", "what would change" },
    { "clnrm migrate tests", "every test file below tests" },
    { "clnrm migrate - < old.toml", "standard input to standard output" },
  },
  text = "These are the safe fixes of the rules L6 of lint: `clnrm lint --select L6` tells the\n"
    .. "same.  The older spellings go on to be read.  What a later build brings (P120) does not\n"
    .. "keep a file from being rewritten; a file that is no TOML is left as it is, and so is one\n"
    .. "with tags: its older spellings are told, and left to you.\n",
  formats = { "json" },
  exits = { 0, 1, 2, 4, 6 },
}

--- What the checker refuses today because a later build brings it.
local LATER = { P120 = true }

--- Errors that a file has for other reasons than its spelling.
local function broken(run)
  local list, left = {}, {}
  for _, d in ipairs(run.list) do
    if not d.rule and d.severity == "error" and not LATER[d.code] then
      list[#list + 1] = d
    elseif d.rule then
      left[#left + 1] = d
    end
  end
  return list, left
end

local function count_by_file(fixed)
  local counts = {}
  for _, d in ipairs(fixed) do
    counts[d.file] = (counts[d.file] or 0) + 1
  end
  return counts
end

local function as_json(cx, run, left)
  local json = require("core.json")
  local files, counts = json.array(), count_by_file(run.fixed)
  for i, one in ipairs(run.changed) do
    files[i] = { file = one.file, changes = counts[one.file] or 0, diff = cx.opts.diff
      and require("engine.unified").render(one.file, one.before, one.after) or nil }
  end
  local finding, rest = require("engine.lint.report.json").finding, json.array()
  for i, d in ipairs(left) do
    rest[i] = finding(d, run.sources[d.file])
  end
  cx.out:write(json.encode({
    schema = "clnrm.migrate/1", files = run.files, changed = files, left = rest,
  }, { invalid = "replace" }) .. "\n")
end

--- Tells what no fix rewrites.
local function tell_left(cx, run, left)
  if left[1] and not cx.opts.quiet then
    local words, count = require("engine.report.words"), 0
    for _, d in ipairs(left) do
      count = count + (d.more or 1)
    end
    cx.err:write(("%s left to you:\n"):format(words.count(count, "older spelling")))
    cx:show_diagnostics(left, run.sources)
  end
end

--- Counts the files that are not rewritten though something is left in them.
local function count_left(run, left)
  local seen, count = {}, 0
  for _, one in ipairs(run.changed) do
    seen[one.file] = true
  end
  for _, d in ipairs(left) do
    count = count + (seen[d.file] and 0 or 1)
    seen[d.file] = true
  end
  return count
end

local function for_people(cx, run, left)
  local words = require("engine.report.words")
  local counts = count_by_file(run.fixed)
  for _, one in ipairs(run.changed) do
    cx.out:write(("%12s %s (%s)\n"):format("MIGRATED", cx:safe(one.file, cx.out),
      words.count(counts[one.file] or 0, "change")))
  end
  local kept = count_left(run, left)
  cx.out:write(("%s migrated%s, %d had nothing to change\n"):format(
    words.count(#run.changed, "file"), kept > 0 and (", %d left to you"):format(kept) or "",
    run.files - #run.changed - kept))
  tell_left(cx, run, left)
end

function M.run(cx)
  local lint = require("engine.cli.lint")
  local refused = not cx.opts.diff
    and lint.refuse_data(cx, "--diff -f json has what would change, as a diff")
  if refused then
    return refused
  elseif not cx:load_config() then
    return exit_codes.INPUT
  end
  local linter = require("engine.lint").new({ select = { "L6", "command-as-text" } })
  local run, code = lint.lint(cx, linter, "safe")
  if not run then
    return code
  end
  local errors, left = broken(run)
  if not cx.opts.diff and not lint.store(cx, run) then
    return exit_codes.INPUT
  elseif cx.format == "json" then
    as_json(cx, run, left)
  elseif cx.opts.diff then
    lint.write_diffs(cx, run)
    tell_left(cx, run, left)
  elseif run.stdin then
    cx.out:write(run.stdin.text)
    tell_left(cx, run, left)
  elseif not cx.opts.quiet then
    for_people(cx, run, left)
  end
  if errors[1] then
    cx:show_diagnostics(errors, run.sources)
    return exit_codes.INPUT
  end
  return cx.opts.diff and #run.changed > 0 and exit_codes.NO or exit_codes.OK
end

return M
