--- Pulls of images as they come: from what an engine tells of each layer to rows of a live region,
--- and to lines for where there is no terminal.  Pure.
---
---      Pulling [00:00:09] ███████·············· 1/3
---              [   6.6s] redis:7  ██████····  66 %  27.1/41.0 MB  4.1 MB/s
---                        1a2b3c4d5e6f  downloading  5.1/9.0 MB
---@class engine.ui.pulls
local bar = require("engine.ui.bar")
local line = require("engine.ui.line")
local progress = require("engine.docker.progress")
local show = require("engine.ui.show")
local style = require("engine.ui.style")

local M = {}

M.LAYERS_MAX = 3 -- rows of one image's layers
M.TELL_MS = 5000 -- between two lines about the same image

local INDENT, NARROW, WIDTH_MAX = 13, 56, 200
local MB = 1e6

local function amount(have, total, width)
  local form = width < NARROW and "%.0f/%.0f MB" or "%.1f/%.1f MB"
  return form:format(have / MB, total / MB)
end

--- Says how far a pull is: "43 %  12.0/28.0 MB", or what is done, where no sizes are known.
---@param look engine.ui.Look
---@param pull engine.docker.Pull
---@return string
---@nodiscard
function M.brief(look, pull)
  local have, total = progress.bytes(pull)
  if total == 0 then
    return show.safe(look, pull.status)
  elseif have >= total then
    return ("%s  %s"):format(show.safe(look, pull.status), amount(have, total, look.width))
  end
  return ("%d %%  %s"):format(have * 100 // total, amount(have, total, look.width))
end

--- Draws the row of one image.
local function image_row(look, pull, now, lead)
  local width = math.min(look.width, WIDTH_MAX)
  local indent = width >= NARROW and INDENT or 0
  local time = ("[%7.1fs]"):format(math.max(0, now - pull.began) / 1000)
  local have, total = progress.bytes(pull)
  local speed = progress.rate(pull)
  local tail = M.brief(look, pull)
  if speed and width >= 80 then
    tail = ("%s  %.1f MB/s"):format(tail, speed / MB)
  end
  local room = width - indent - #time - 1
  local columns = total > 0 and width >= 80 and math.min(20, width // 8) or 0
  local name = show.safe(look, lead .. pull.name)
  tail = show.fit(look, tail, math.max(8, room - 14))
  local left = room - show.width(tail) - 2 - (columns > 0 and columns + 2 or 0)
  name = show.fit(look, name, math.max(1, left))
  local text = (" "):rep(indent) .. style.paint(look.color, "dim", time) .. " " .. name
  if columns > 0 then
    text = text .. "  " .. style.paint(look.color, "cyan", bar.draw(look, have, total, columns))
  end
  return text .. "  " .. style.paint(look.color, "cyan", tail)
end

local QUIET = { ["pull complete"] = true, ["already exists"] = true, waiting = true,
  ["pulling fs layer"] = true, ["download complete"] = true }

local function layer_rows(look, pull, out, most)
  local width = math.min(look.width, WIDTH_MAX)
  if width < NARROW then
    return
  end
  for _, layer in ipairs(pull.order) do
    if most <= 0 then
      return
    elseif not QUIET[layer.status] then
      most = most - 1
      local size = layer.total > 0 and "  " .. amount(layer.current, layer.total, width) or ""
      local text = show.safe(look, ("%s  %s%s"):format(layer.id, layer.status, size))
      out[#out + 1] = (" "):rep(INDENT + 11)
        .. style.paint(look.color, "dim", show.fit(look, text, width - INDENT - 11))
    end
  end
end

--- Draws a row for each image that comes, without those of layers: for a region that has others.
---@param state engine.docker.Progress
---@param look engine.ui.Look
---@param now number
---@param most integer rows
---@return string[]
---@nodiscard
function M.image_rows(state, look, now, most)
  local out = {}
  for _, pull in ipairs(state.list) do
    if #out < most and pull.status ~= "asking" then -- else it may be there already
      out[#out + 1] = image_row(look, pull, now, "pulling ")
    end
  end
  return out
end

--- Draws the region of `clnrm pull`: no row is wider than the screen.
---@param state engine.docker.Progress
---@param look engine.ui.Look
---@param now number
---@param height integer rows that may be used
---@return string[]
---@nodiscard
function M.rows(state, look, now, height)
  local width = math.min(look.width, WIDTH_MAX)
  if width < 20 or height < 1 or #state.list == 0 then
    return {}
  end
  local count = ("%d/%d"):format(state.done, state.total or state.done + #state.list)
  local columns = width >= 48 and math.min(28, width // 4) or 0
  local drawn = columns > 0
    and style.paint(look.color, "cyan", bar.draw(look, state.done, state.total or 0, columns))
      .. " " or ""
  local out = { line.word(look, "Pulling", "cyan bold") .. " " .. drawn .. count }
  local spare = height - 1 - #state.list
  for _, pull in ipairs(state.list) do
    if #out < height then
      out[#out + 1] = image_row(look, pull, now, "")
      local most = math.max(0, math.min(M.LAYERS_MAX, spare))
      local before = #out
      layer_rows(look, pull, out, most)
      spare = spare - (#out - before)
    end
  end
  return out
end

--- Makes what tells from time to time, in lines, how far images have come.
---@param look engine.ui.Look
---@param state engine.docker.Progress
---@param write fun(text: string)
---@return fun(name: string, now: number) to be called as the engine tells something
---@nodiscard
function M.teller(look, state, write)
  local told = {}
  return function(name, now)
    local pull = state:get(name)
    if pull and now - (told[pull] or pull.began) >= M.TELL_MS then
      told[pull] = now
      write(("%12s %s  %s\n"):format("pulling", show.safe(look, name), M.brief(look, pull)))
    end
  end
end

return M
