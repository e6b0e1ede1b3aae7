--- clnrm fmt: one layout for test files.
local exit_codes = require("engine.cli.exit_codes")

local M = {
  summary = "Formats test files; comments, order and values stay.",
  usage = "clnrm fmt [options] [PATH ...|-]",
  examples = {
    { "clnrm fmt", "every test file below the working directory" },
    { "clnrm fmt --check --diff", "what it would change; exit code 1 when there is anything" },
    { "clnrm fmt - --stdin-filename a.clnrm.toml", "standard input to standard output" },
  },
  formats = { "json" },
  exits = { 0, 1, 2, 3, 4 },
}

---@class engine.cli.fmt.Work
---@field cx engine.cli.Context
---@field opts engine.fmt.Options
---@field check boolean   nothing is written, what would change is told
---@field diff boolean    nothing is written, what would change is shown
---@field output? string  where the one text goes instead
---@field files { file: string, status: string, diff?: string }[]
---@field counts table<string, integer> by status
---@field diagnostics engine.diag.Diagnostic[]
---@field sources table<string, string>
---@field code integer

local function tell(work, d, text)
  work.diagnostics[#work.diagnostics + 1] = d
  work.sources[d.file or ""] = text
end

--- Notes what became of a file.
local function note(work, file, status, diff)
  work.files[#work.files + 1] = { file = file, status = status, diff = diff }
  work.counts[status] = (work.counts[status] or 0) + 1
end

--- Shows and tells what is different; `write` puts it in its place.
local function settle(work, file, old, new, write)
  local cx = work.cx
  if old == new then
    return note(work, file, "unchanged")
  end
  local unified, diff = work.diff and require("engine.unified"), nil
  if unified and cx.format == "json" then
    diff = unified.render(file, old, new)
  elseif unified then
    unified.write(cx, file, old, new)
  end
  local problem = not (work.check or work.diff) and write(new) or nil
  if problem then
    tell(work, problem)
    work.code = exit_codes.worst(work.code, exit_codes.INPUT)
    return note(work, file, "error")
  end
  note(work, file, "changed", diff)
  if work.check then
    work.code = exit_codes.worst(work.code, exit_codes.NO)
  end
  local is_told = work.check or work.diff or not work.output
  if cx.format ~= "json" and not cx.opts.quiet and is_told then
    local words = work.check and "Would reformat" or work.diff and "Differs" or "Reformatted"
    cx.out:write(("%s: %s\n"):format(words, cx:safe(file, cx.out)))
  end
end

--- Says that the lines asked for are not there.
local function beyond(work, text, file)
  local first = work.opts.lines and work.opts.lines[1] or 1
  if first == 1 then
    return false
  end
  local _, count = text:gsub("\n", "")
  count = math.max(count + (text:find("[^\n]$") and 1 or 0), 1)
  if first > count then
    work.cx:error(("--range begins at line %d, and %s has %s"):format(first, file,
      require("engine.report.words").count(count, "line")))
    work.code = exit_codes.worst(work.code, exit_codes.INPUT)
    note(work, file, "error")
    return true
  end
end

--- Formats one text; returns what to write, or nil when it stays as it is.
local function format(work, text, file)
  if beyond(work, text, file) then
    return nil
  end
  local result = require("engine.fmt").format(text, file, work.opts)
  if result.text then
    return result.text
  elseif result.note then
    tell(work, result.note, text)
    note(work, file, "left")
    return nil
  end
  local code = result.bug and exit_codes.BUG or exit_codes.INPUT
  for _, d in ipairs(result.problems or { result.bug }) do
    tell(work, d, text)
  end
  work.code = exit_codes.worst(work.code, code)
  note(work, file, "error")
end

local function one_file(work, entry)
  local files = require("engine.fmt.files")
  local text, problem = files.read(entry)
  if not text then
    tell(work, problem)
    work.code = exit_codes.worst(work.code, exit_codes.INPUT)
    return note(work, entry.file, "error")
  end
  local made = format(work, text, entry.file)
  if work.output then
    if made or work.code == exit_codes.OK then
      M.put(work, entry.file, text, made or text)
    end
  elseif made then
    settle(work, entry.file, text, made, function(new)
      return files.write(entry, text, new)
    end)
  end
end

--- Writes the one text where it was asked for; a text that stays as it is, too.
function M.put(work, file, text, made)
  if work.check or work.diff then
    return settle(work, file, text, made)
  end
  if work.output == "-" then
    work.cx.out:write(made)
  else
    local failed = require("engine.cli.deliver").write(work.cx, work.output, made)
    work.code = exit_codes.worst(work.code, failed and exit_codes.INPUT or exit_codes.OK)
  end
end

--- Formats standard input; it is a test file unless its name, if it has one, says otherwise.
local function standard_input(work, name)
  local file = name or "standard input"
  local text, code = require("engine.cli.standard_input").read(work.cx)
  if not text then
    return code
  end
  work.opts.is_named = name ~= nil
  local made = format(work, text, file)
  if made or work.code == exit_codes.OK then
    M.put(work, file, text, made or text)
  end
end

--- The last line: how many files are, or would be, other ones.
local function summary(work)
  local count, parts = require("engine.report.words").count, {}
  local counts = work.counts
  local changed, unchanged = counts.changed or 0, counts.unchanged or 0
  if changed > 0 then
    local verb = work.check and "would be reformatted" or work.diff and "differs" or "reformatted"
    verb = verb == "differs" and changed > 1 and "differ" or verb
    parts[1] = count(changed, "file") .. " " .. verb
  end
  if unchanged > 0 or changed == 0 and not counts.left and not counts.error then
    parts[#parts + 1] = count(unchanged, "file") .. " already formatted"
  end
  if counts.left then
    parts[#parts + 1] = count(counts.left, "template") .. " left as "
      .. (counts.left == 1 and "it is" or "they are")
  end
  if counts.error then
    parts[#parts + 1] = count(counts.error, "file") .. " in error"
  end
  return table.concat(parts, ", ") .. "\n"
end

local function as_json(work)
  local json, diag = require("core.json"), require("engine.diag")
  local diagnostics, files = json.array(), json.array()
  for i, d in ipairs(work.diagnostics) do
    diagnostics[i] = diag.json(d)
  end
  table.move(work.files, 1, #work.files, 1, files)
  local out = { schema = "clnrm.fmt/1", check = work.check, files = files,
    diagnostics = diagnostics }
  work.cx.out:write(assert(json.encode(out, { invalid = "replace" })) .. "\n")
end

local function finish(work)
  local cx = work.cx
  local shown = {}
  for _, d in ipairs(work.diagnostics) do
    shown[#shown + 1] = (d.severity == "error" or not cx.opts.quiet) and d or nil
  end
  if cx.format == "json" then
    as_json(work)
  else
    if #shown > 0 then
      cx:show_diagnostics(shown, work.sources)
    end
    if not cx.opts.quiet and not (work.output and not work.check and not work.diff) then
      cx.out:write(summary(work))
    end
  end
  return work.code
end

local function new_work(cx)
  local config = cx:load_config()
  if not config then
    return nil
  end
  local values, check = config.values, cx.opts.check or false
  return {
    cx = cx,
    opts = {
      width = values["fmt.width"],
      indent = values["fmt.indent"],
      align = values["fmt.align"],
      lines = cx.opts.range,
      verify = cx.opts.verify or check,
      is_named = true,
    },
    check = check,
    diff = cx.opts.diff or false,
    output = cx.opts.output,
    files = {},
    counts = {},
    diagnostics = {},
    sources = {},
    code = exit_codes.OK,
  }
end

--- Refuses what does not go together.
local function usage_problem(cx, is_stdin)
  if cx.opts.output and not is_stdin and #cx.args ~= 1 then
    return "--output takes the text of one file", "name one, or - for standard input"
  elseif cx.opts.range and not is_stdin and #cx.args ~= 1 then
    return "--range is about the lines of one file", "name one, or - for standard input"
  elseif cx.opts.output and (cx.opts.check or cx.opts.diff) then
    return ("--%s writes no text, so --output has nothing to write"):format(
      cx.opts.check and "check" or "diff")
  elseif cx.format == "json" and cx.opts.output == "-" then
    return "--output - and --format json both write to standard output"
  elseif cx.format == "json" and is_stdin and not cx.opts.check and not cx.opts.diff
    and not cx.opts.output then
    return "what becomes of standard input and --format json are both for standard output",
      "--check, --diff and -o FILE go with it"
  end
end

local function some_files(work, cx)
  local paths = #cx.args > 0 and cx.args or { "." }
  local found, problems = require("engine.fmt.files").find(paths)
  if not found then
    local is_nothing = #problems == 1 and problems[1].code == "E005"
    cx:show_diagnostics(problems)
    return is_nothing and exit_codes.NOTHING or exit_codes.INPUT
  elseif #found > 1 and (cx.opts.range or cx.opts.output) then
    return cx:usage_error("--range and --output are about one file, and here are several")
  end
  local refused = require("engine.cli.deliver").refuse_input(cx, { found[1].path })
  if refused then
    return refused
  end
  for _, entry in ipairs(found) do
    one_file(work, entry)
  end
end

function M.run(cx)
  local is_stdin = require("engine.cli.standard_input").is_asked(cx)
  local message, hint = usage_problem(cx, is_stdin)
  if message then
    return cx:usage_error(message, hint)
  end
  local work = new_work(cx)
  if not work then
    return exit_codes.INPUT
  end
  local code
  if is_stdin then
    work.output = work.output or "-"
    code = require("engine.cli.deliver").refuse_input(cx, {})
      or standard_input(work, cx.opts["stdin-filename"])
  else
    code = some_files(work, cx)
  end
  return code or finish(work)
end

return M
