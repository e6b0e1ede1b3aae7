--- A plan for people, made of its document (engine.plan.document).
---@class engine.ui.plan_lines
local plan_text = require("engine.plan.text")
local duration = require("engine.model.duration").format
local show = require("engine.ui.show")
local style = require("engine.ui.style")
local words = require("engine.report.words")

local join, seconds = plan_text.join, plan_text.seconds

local M = {}

local COMMAND_MAX = 100 -- columns of a command that no screen cuts
local NAME_MAX = 40 -- columns that the commands behind names of steps leave room for
local LEAST = 12

--- Cuts a line to the screen, where that is wanted.
local function fitted(look, text, less)
  return look.fits and show.fit(look, text, look.width - (less or 0)) or text
end

--- Joins parts by commas; where they do not fit, lines follow, indented.
local function wrapped(look, head, parts, indent)
  local room = look.fits and math.max(look.width, indent + LEAST) or math.huge
  local lines, line = {}, head
  for i, part in ipairs(parts) do
    local joined = part .. (i < #parts and "," or "")
    joined = look.fits and show.fit(look, joined, room - indent) or joined
    if show.width(line) + 1 + show.width(joined) > room then
      lines[#lines + 1] = line:gsub(" $", "")
      line = (" "):rep(indent) .. joined
    else
      line = line .. (line:sub(-1) == " " and "" or " ") .. joined
    end
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n") .. "\n"
end

local BACKENDS = {
  sandbox = "sandbox", docker = "Docker", podman = "Podman", engine = "Docker or Podman",
}

local function room_text(room)
  return ("room %d (%s%s)"):format(room.room, BACKENDS[room.backend],
    room.shared and ", shared" or "")
end

local function image_text(image)
  if image.kind == "host" then
    return "programs of this machine"
  end
  return plan_text.image(image)
end

local function port_text(port)
  local host = port.host and (port.host == 0 and "any free one" or tostring(port.host))
  return ("port %d%s"):format(port.port, host and (" (here %s)"):format(host) or "")
end

--- Says what a service is.
local function service_parts(service)
  local parts = { image_text(service.image) }
  local function add(text)
    parts[#parts + 1] = text
  end
  if service.plugin then
    add("module " .. service.plugin)
  end
  if service.kind ~= "daemon" then
    add(service.kind == "init" and "before all others" or "a task")
  end
  for _, port in ipairs(service.ports) do
    add(port_text(port))
  end
  for _, edge in ipairs(service.depends_on) do
    add(("after %s is %s"):format(edge.name, edge.condition))
  end
  if not service.is_known then
    add("not known before its module runs")
  elseif service.unusable then
    add("not to be had here: " .. service.unusable)
  end
  return parts
end

--- Says where a scenario runs and beside what.
local function scenario_parts(scenario, rooms)
  local parts, room = {}, rooms[scenario.room]
  local function add(form, ...)
    parts[#parts + 1] = form:format(...)
  end
  if scenario.skipped then
    add("skipped: %s", scenario.skipped)
  elseif scenario.compiled_only then
    add("compiled only: its tests are known when it runs")
  elseif room then
    add("%s", room_text(room))
    if room.image.kind ~= "host" then
      add("root of %s", image_text(room.image))
    end
  end
  if scenario.services[1] then
    add("with %s", join(scenario.services))
  end
  for _, lock in ipairs(scenario.locks) do
    add("%slock %s%s", lock.shared and "shared " or "", lock.name,
      lock.scope == "machine" and " of the machine" or "")
  end
  if scenario.group then
    add("group %s", scenario.group)
  end
  if scenario.security_level then
    add("policy %s", scenario.security_level)
  end
  if scenario.faults[1] then
    add(words.count(#scenario.faults, "fault"))
  end
  if scenario.property_runs then
    add("on %d generated values", scenario.property_runs)
  end
  if scenario.expect_failure then
    add("has to fail")
  end
  if scenario.timeout_ms then
    add("%s at most", duration(scenario.timeout_ms))
  end
  if scenario.duration_ms and not scenario.skipped then
    add("took %s", seconds(scenario.duration_ms))
  end
  return parts
end

--- Whether a step waits for something else than the one before it.
local function is_out_of_order(step)
  return #step.after > 1 or (step.after[1] or 0) ~= step.step - 1
end

--- Says in brackets where a step runs and what it waits for.
local function step_notes(scenario, step, all_in_order)
  local notes = {}
  if step.service then
    notes[1] = "in " .. step.service
  end
  if not all_in_order then
    local before = {}
    for i, index in ipairs(step.after) do
      before[i] = tostring(index)
    end
    notes[#notes + 1] = before[1] and "after " .. join(before) or step.step > 1 and "at once"
      or nil
  end
  if step.retry then
    notes[#notes + 1] = ("up to %d times"):format(step.retry + 1)
  end
  if step.timeout_ms and not scenario.compiled_only then
    notes[#notes + 1] = duration(step.timeout_ms) .. " at most"
  end
  return notes[1] and ("  [%s]"):format(table.concat(notes, ", ")) or ""
end

local function step_lines(look, scenario, is_whole, out)
  local widest, in_order = 0, true
  for _, step in ipairs(scenario.steps) do
    widest = math.max(widest, show.width(show.safe(look, step.name)))
    in_order = in_order and not is_out_of_order(step)
  end
  widest = math.min(widest, look.fits and math.max(look.width // 3, LEAST) or NAME_MAX)
  local digits = #tostring(#scenario.steps)
  for _, step in ipairs(scenario.steps) do
    local name = show.safe(look, step.name)
    local head = ("      %" .. digits .. "d "):format(step.step)
    local notes = show.safe(look, step_notes(scenario, step, in_order))
    local text = show.safe(look, plan_text.command(step))
    name = name .. (" "):rep(widest - show.width(name))
    local room = is_whole and math.huge or COMMAND_MAX
    if look.fits and not is_whole then
      local left = look.width - #head
      name = show.fit(look, name, left)
      room = left - show.width(name) - 2
      if room - show.width(notes) >= LEAST or show.width(text) + show.width(notes) <= room then
        room = room - show.width(notes)
      else
        notes = ""
      end
    end
    local shown = room >= LEAST and "  " .. show.fit(look, text, room) or ""
    name = shown .. notes == "" and name:gsub(" +$", "") or name
    out[#out + 1] = head .. name .. style.paint(look.color, "dim", shown .. notes) .. "\n"
  end
end

local function place(file, cell)
  return cell and ("%s[%s]"):format(file, cell) or file
end

local OF_FILE = { before_all = true, after_all = true } -- hooks that run in the room of the file

--- Says where a hook runs.
local function hook_place(hook, room)
  if hook.on == "host" then
    return " on this machine"
  end
  return OF_FILE[hook.name] and room and ": " .. room_text(room) or ""
end

local function file_lines(look, file, room, out)
  local shown = fitted(look, show.safe(look, place(file.file, file.cell)))
  out[#out + 1] = style.paint(look.color, "bold", shown) .. "\n"
  if file.missing_secret then
    out[#out + 1] = wrapped(look, "  error:", { show.safe(look, file.missing_secret) }, 6)
  end
  for _, service in ipairs(file.services) do
    local parts = service_parts(service)
    for i, part in ipairs(parts) do
      parts[i] = show.safe(look, part)
    end
    out[#out + 1] = wrapped(look, ("  service %s: "):format(show.safe(look, service.name)), parts,
      6)
  end
  for _, hook in ipairs(file.hooks) do
    out[#out + 1] = fitted(look, ("  hook %s%s"):format(hook.name, hook_place(hook, room))) .. "\n"
  end
end

local function scenario_lines(look, scenario, at, out)
  local parts = scenario_parts(scenario, at.rooms)
  for i, part in ipairs(parts) do
    parts[i] = show.safe(look, part)
  end
  local head = fitted(look, ("  %" .. at.digits .. "d %s"):format(scenario.position,
    show.safe(look, scenario.name)), 1)
  out[#out + 1] = parts[1] and wrapped(look, head .. ": ", parts, 6) or head .. "\n"
  step_lines(look, scenario, at.is_whole, out)
end

local function image_note(image)
  if image.kind == "build" then
    return "built"
  elseif not image.name then
    return nil
  elseif image.pinned then
    return "pinned"
  elseif image.locked then
    return "in clnrm.lock"
  end
  return "not pinned"
end

local function images_line(look, document)
  local parts = {}
  for i, image in ipairs(document.images) do
    local note = image_note(image)
    parts[i] = show.safe(look, image_text(image) .. (note and (" (%s)"):format(note) or ""))
  end
  return parts[1] and wrapped(look, "Images:", parts, 8) or ""
end

local function engine_line(look, document)
  local seen, list = {}, {}
  for _, room in ipairs(document.rooms) do
    if room.asks_engine and not seen[room.backend] then
      seen[room.backend], list[#list + 1] = true, BACKENDS[room.backend]
    end
  end
  return list[1] and wrapped(look, "Engine:", { "a run asks " .. join(list) }, 8) or ""
end

local function estimate_line(look, document)
  local e = document.estimate
  local parts = { "unknown", ("no run %s is on record"):format(
    e.runs > 0 and "of these tests" or "of this project") }
  if e.ms then
    parts = { seconds(e.ms),
      e.runs > 0 and "from " .. words.count(e.runs, "run") or "from the given times" }
  end
  if e.is_least then
    parts[#parts + 1] = e.unknown == 1 and "and 1 that is not on record"
      or ("and %d that are not on record"):format(e.unknown)
  end
  return wrapped(look, "Estimate:", parts, 10)
end

--- Writes the last lines: how much there is, and what a run would need.
---@param look engine.ui.Look
---@param document table
---@return string
---@nodiscard
function M.sum(look, document)
  local t = document.totals
  local parts = {
    ("%s%s in %s"):format(words.count(t.scenarios, "scenario"),
      t.skipped > 0 and (" (%d skipped)"):format(t.skipped) or "",
      words.count(t.files - t.lua_files, "file")),
    words.count(t.steps, "step"),
    words.count(t.rooms, "room"),
  }
  if t.lua_files > 0 then
    parts = t.scenarios > 0 and parts or {}
    table.insert(parts, math.min(#parts + 1, 2),
      ("the tests of %s"):format(words.count(t.lua_files, "Lua file")))
  end
  if t.images > 0 then
    parts[#parts + 1] = words.count(t.images, "image")
  end
  parts[#parts + 1] = ("%d at once"):format(document.estimate.slots)
  for _, part in ipairs(words.chosen(document)) do
    parts[#parts + 1] = part
  end
  return wrapped(look, "Plan:", parts, 6) .. images_line(look, document)
    .. engine_line(look, document) .. estimate_line(look, document)
end

--- Writes a plan: each scenario under its file, in the order of the run; then the sum.
---@param look engine.ui.Look
---@param document table as engine.plan.document makes it
---@param is_whole? boolean commands are never cut
---@return string
---@nodiscard
function M.render(look, document, is_whole)
  local out, files, rooms, of_file = {}, {}, {}, {}
  for _, file in ipairs(document.files) do
    files[place(file.file, file.cell)] = file
  end
  for _, room in ipairs(document.rooms) do
    rooms[room.room] = room
    if room.shared then
      of_file[place(room.file, room.cell)] = room
    end
  end
  local at = { rooms = rooms, digits = #tostring(#document.scenarios), is_whole = is_whole }
  local current
  for _, scenario in ipairs(document.scenarios) do
    local file = place(scenario.file, scenario.cell)
    if file ~= current then
      out[#out + 1] = current and "\n" or nil
      file_lines(look, files[file], of_file[file], out)
      current = file
    end
    scenario_lines(look, scenario, at, out)
  end
  out[#out + 1] = #out > 0 and "\n" or nil
  return table.concat(out) .. M.sum(look, document)
end

return M
