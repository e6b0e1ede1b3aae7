--- What the tabs of the full screen show: texts with colours, of any number of lines; or lines that
--- are made when they are seen.
local detail = require("engine.dev.screen.detail")
local human = require("engine.report.human")
local show = require("engine.ui.show")
local style = require("engine.ui.style")
local waterfall = require("engine.ui.waterfall")
local words = require("engine.dev.screen.words")

---@class engine.dev.screen.tabs
local M = {}

local DIFF_LINES_MAX = 2000

local function look_of(view, width, sources)
  local look = view.canvas.look
  return { width = width, fits = true, color = look.color, utf8 = look.utf8, verbose = 1,
    sources = sources, show = {} }
end

local function paint(view, colors, text)
  return style.paint(view.canvas.look.color, colors, text)
end

local function safe(view, text)
  return show.unjoined(show.safe(view.canvas.look, text)) -- its columns are counted here
end

--- Says why there is nothing of a test yet.
local function absent(view, test)
  if not test then
    return detail.nothing(view, "choose a test")
  elseif test.phase == "running" then
    local step = test.step and (", step %s"):format(safe(view, tostring(test.step))) or ""
    return detail.nothing(view, "it runs now" .. step)
  end
  return detail.nothing(view, test.verdict and "what it did is not kept" or "it has not run yet")
end

--- What a broken file has, and the tests of one that is not.
local function of_file(view, file, width)
  if file.broken then
    local entry = view.loop.entries[file.path]
    local sources = { [file.file] = entry and entry.text or nil }
    return human.frames(look_of(view, width, sources), file.broken)
  end
  local look = view.canvas.look
  return {
    count = #file.tests,
    line = function(i)
      local test = view.state.tests[file.tests[i]]
      if not test then
        return "" -- the file was read again since these were counted
      end
      local sign, colors = words.sign(look, test, 0)
      local time = words.time(test.duration_ms)
      local room = width - show.width(sign) - #time - 3
      return paint(view, colors, sign) .. " " .. show.fit(look, safe(view, test.name), room) .. "  "
        .. paint(view, "dim", time)
    end,
  }
end

--- What is wrong with the settings, or refuses each run: it stands above all else until it is
--- right.
local function problems(view, width)
  local parts, state = {}, view.state
  for _, one in ipairs(state:problems()) do
    local sources = one == state.refusal and view.loop.refusal_sources or view.loop.settings_sources
    parts[#parts + 1] = paint(view, "red bold", safe(view, one.message)) .. "\n"
    parts[#parts + 1] = one.help and safe(view, one.help) .. "\n" or one.diagnostics and "\n"
      .. human.frames(look_of(view, width, sources), one.diagnostics) or nil
    parts[#parts + 1] = "\n"
  end
  return parts[1] and table.concat(parts)
end

local function of_chosen(view, test, file, width)
  if not test then
    return file and of_file(view, file, width) or detail.nothing(view, "no test")
  end
  local kept = view.records:get(test.id)
  if not kept then
    return absent(view, test)
  end
  local record = kept.record
  if #record.failures > 0 then
    return human.frames(look_of(view, width, kept.sources), record.failures)
  elseif record.verdict == "skip" then
    return "skipped" .. (record.reason and ": " .. safe(view, record.reason) or "")
  end
  local marks = record.marks[1] and ("  (%s)"):format(table.concat(record.marks, ", ")) or ""
  return paint(view, "green", "it passed") .. marks .. "\n\n"
    .. human.leaks(look_of(view, width), record)
end

--- The failures of the chosen test; of a file what is wrong with it. Above them what is wrong with
--- all of them.
function M.error(view, test, file, width)
  local head, text = problems(view, width), of_chosen(view, test, file, width)
  if head and type(text) == "string" then
    return head .. text
  elseif head then
    text.head = head
  end
  return text
end

--- The services, the steps and all that they printed.
function M.output(view, test, _, width)
  local kept = test and view.records:get(test.id)
  if not kept then
    return absent(view, test)
  end
  local look = look_of(view, width)
  look.verbose = 2
  local text = human.services(look, kept.record) .. human.steps(look, kept.record)
    .. human.artifacts(look, kept.record)
  return text ~= "" and text or detail.nothing(view, "nothing ran")
end

--- The room, services, hooks and steps in time: where each began and how long it took.
function M.steps(view, test, _, width)
  local kept = test and view.records:get(test.id)
  if not kept then
    return absent(view, test)
  end
  local total = math.max(kept.record.duration_ms, 0.001)
  local began, over = waterfall.reach(kept.spans, 0, total)
  local out = waterfall.rows(view.canvas.look, kept.spans, began, over, width, words.time)
  out[1] = out[1] or detail.nothing(view, "it has no steps")
  table.insert(out, 1, paint(view, "dim", ("%s, its steps in %s; spans are not collected")
    :format(words.time(over - began), words.time(total))))
  return table.concat(out, "\n")
end

--- The outputs of a record as lines to be compared: one head for each step and stream.
local function output_lines(record)
  local lines = {}
  for _, step in ipairs(record.steps) do
    lines[#lines + 1] = ("step %s: %s"):format(step.name, step.timed_out and "timed out"
      or step.signal and "signal " .. step.signal or "exit " .. tostring(step.exit_code))
    for _, stream in ipairs({ "stdout", "stderr" }) do
      for line in ((step[stream] or { text = "" }).text):gmatch("[^\n]+") do
        lines[#lines + 1] = ("%s | %s"):format(stream, line)
      end
    end
  end
  return lines
end

--- The pending snapshots of a test file, each as `clnrm snapshots review` shows it.
local function snapshots(view, test, width, out)
  local view_of = require("engine.snapshot.view")
  local look = look_of(view, width)
  for i, one in ipairs(view.actions:pending_snapshots(test)) do
    one.source_shown = words.path(look, one.source, view.cwd)
    local lines = view_of.render(look, one, { index = i, total = 1, is_diff = true, rows = 0 })
    out[#out + 1] = lines
  end
end

--- What is other than when it was good last, and the snapshots that differ.
function M.diff(view, test, _, width)
  local kept = test and view.records:get(test.id)
  if not kept then
    return absent(view, test)
  end
  local out, good = {}, view.records:good_one(test.id)
  if good and good ~= kept then
    local unified = require("engine.unified")
    local before = table.concat(output_lines(good.record), "\n") .. "\n"
    local now = table.concat(output_lines(kept.record), "\n") .. "\n"
    out[1] = paint(view, "bold", "its outputs against those of when it was good last")
    for _, hunk in ipairs(unified.hunks(before, now)) do
      for _, line in ipairs(hunk.lines) do
        local sign = line:sub(1, 1)
        local text = safe(view, (line:gsub("\n.*", "")))
        if #out < DIFF_LINES_MAX then
          local colors = sign == "+" and "green" or "red"
          out[#out + 1] = sign == " " and text or paint(view, colors, text)
        end
      end
    end
    out[2] = out[2] or detail.nothing(view, "they are the same")
  elseif not good then
    out[1] = detail.nothing(view, "it was never good in this loop: nothing to compare with")
  else
    out[1] = detail.nothing(view, "it is good")
  end
  snapshots(view, test, width, out)
  return table.concat(out, "\n")
end

--- What the file of the test hangs on, and why it ran last.
function M.files(view, test, file, _)
  local entry = file and view.loop.entries[file.path]
  if not entry or not entry.suites then
    return file and detail.nothing(view, "the file cannot be read") or absent(view, test)
  end
  local touch, out, seen = require("engine.plan.touch"), {}, {}
  local why = view:why(file.path)
  if why then
    out[1], out[2] = paint(view, "bold", "run last because ") .. safe(view, why), ""
  end
  out[#out + 1] = paint(view, "bold", "a save of these runs it again")
  for _, suite in ipairs(entry.suites) do
    local list = touch.uses(suite)
    table.insert(list, 1, { kind = "itself", path = file.path })
    if suite.is_script or suite.room.project ~= "none" then
      list[#list + 1] = { kind = "seen", path = suite.project_dir }
    end
    for _, one in ipairs(list) do
      local line = ("%s %s"):format(paint(view, "dim", ("%-9s"):format(one.kind)),
        words.path(view.canvas.look, one.path, view.cwd))
      if not seen[line] then
        seen[line], out[#out + 1] = true, line
      end
    end
  end
  return table.concat(out, "\n")
end

return M
