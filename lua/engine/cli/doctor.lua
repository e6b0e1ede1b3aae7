--- clnrm doctor: can this machine make rooms, and if not, what is to be done?
local exit_codes = require("engine.cli.exit_codes")

local M = {
  summary = "Checks whether this machine can make rooms, and its engines.",
  usage = "clnrm doctor [--rooms] [--format json]",
  examples = {
    { "clnrm doctor", "each step of making a room, and the remedy where one fails" },
    { "clnrm doctor -v", "with details" },
    { "clnrm doctor --rooms", "also make a room in each engine, of an image that it has" },
  },
  formats = { "json" },
  exits = { 0, 2, 6 },
}

local INDENT = (" "):rep(22)
local COLORS = { ok = "green", warn = "yellow", fail = "red bold", none = "dim" }

local function tell(cx, style, finding)
  local word = style.paint(cx.out.color, COLORS[finding.status], finding.status)
  local pad = (" "):rep(6 - #finding.status)
  cx.out:write((" %s%s%-14s %s\n"):format(word, pad, cx:safe(finding.name, cx.out),
    cx:safe(finding.text, cx.out)))
  local shows = cx.opts.verbose or finding.status == "warn" or finding.status == "fail"
  for _, detail in ipairs(shows and finding.details or {}) do
    cx.out:write(INDENT .. cx:safe(detail, cx.out) .. "\n")
  end
  if finding.remedy then
    cx.out:write(INDENT .. cx:safe("try: " .. finding.remedy, cx.out) .. "\n")
  end
end

local function for_people(cx, findings, code)
  local style = require("engine.ui.style")
  local counts = { ok = 0, warn = 0, fail = 0, none = 0 }
  for _, finding in ipairs(findings) do
    counts[finding.status] = counts[finding.status] + 1
    if cx.opts.verbose or not finding.is_detail then
      tell(cx, style, finding)
    end
  end
  local words = require("engine.report.words")
  if counts.fail > 0 then
    cx.out:write(("\n%s: tests cannot run here (exit code %d).\n"):format(
      words.count(counts.fail, "problem"), code))
  elseif counts.warn > 0 then
    cx.out:write(("\n%s; tests run.\n"):format(words.count(counts.warn, "warning")))
  else
    cx.out:write("\nTests can run here.\n")
  end
end

--- Looks at the types of the Lua API that `clnrm stubs` wrote into the project.
---@return engine.doctor.Finding? # nil: there are none
local function editor_types(cx)
  local types = require("engine.editor_types")
  local dir = cx.project and cx.project.dir
  if not dir or not require("core.fs").exists(dir .. "/" .. types.DIR) then
    return nil
  elseif types.is_stale(dir) then
    return { name = "editor types", status = "warn", remedy = "clnrm stubs",
      text = types.DIR .. ": those of another clnrm" }
  end
  return { name = "editor types", status = "ok", text = types.DIR .. ": those of this clnrm" }
end

function M.run(cx)
  local refused = cx:check_args(0)
  if refused then
    return refused
  end
  local config = cx:load_config() -- what is wrong with it is told, and all else is examined
  local findings = require("engine.doctor").examine(cx.opts.rooms,
    config and config.values["cli.backend"])
  findings[#findings + 1] = editor_types(cx)
  local code = exit_codes.OK
  if not config then
    code = exit_codes.INPUT
    findings[#findings + 1] = { name = "settings", status = "fail", text = "they cannot be used",
      remedy = "mend what is told above; --config none leaves them out" }
  end
  for _, finding in ipairs(findings) do
    if finding.status == "fail" then
      code = exit_codes.worst(code, exit_codes.ENVIRONMENT)
    end
  end
  if cx.format == "json" then
    local json = require("core.json")
    local out = { schema = "clnrm.doctor/1", findings = json.array(findings), exit_code = code }
    cx.out:write(assert(json.encode(out, { invalid = "replace" })) .. "\n")
  else
    for_people(cx, findings, code)
  end
  return code
end

return M
