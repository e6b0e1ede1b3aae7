--- Takes away the blanks beside tags with a minus, as Tera's `remove_whitespace` does.
local trim = require("engine.trim")

local M = {}

local function trim_end(list)
  local last = list[#list]
  if last and last.t == "text" then
    local v = trim.stop(last.v)
    if v == "" then
      list[#list] = nil
    else
      list[#list] = { t = "text", v = v, at = last.at }
    end
  end
end

local function trim_start(node)
  local at = node.v:match("^%s*()")
  if at <= #node.v then
    return { t = "text", v = node.v:sub(at), at = node.at + at - 1 }
  end
end

local function raw(node)
  if node.r then
    local at = node.v:match("^%s*()")
    node.v, node.v_at = node.v:sub(at), node.v_at + at - 1
  end
  if node.el then
    node.v = trim.stop(node.v)
  end
end

local function trim_if(node, before)
  local done = {}
  for i, part in ipairs(node.conds) do
    if part.l then
      if i == 1 and before then
        trim_end(before)
      elseif done[i - 1] then
        trim_end(done[i - 1].body)
      end
    end
    part.body = M.nodes(part.body, part.r, false)
    done[i] = part
  end
  local last = done[#done]
  local otherwise = node.otherwise
  if otherwise then
    if otherwise.l then
      trim_end(last.body)
    end
    otherwise.body = M.nodes(otherwise.body, otherwise.r, false)
    last = otherwise
  end
  if node.el then
    trim_end(last.body)
  end
end

local MARKS = { "-%}", "-}}", "-#}", "{%-", "{{-", "{#-" }

--- Whether a template can have a tag with a minus; without one there is nothing to take away.
---@param s string
---@return boolean
---@nodiscard
function M.is_needed(s)
  for _, mark in ipairs(MARKS) do
    if s:find(mark, 1, true) then
      return true
    end
  end
  return false
end

--- Trims a body.
---@param nodes engine.template.Node[]
---@param left? boolean  whether the tag before it takes the blanks at its begin
---@param right? boolean whether the tag behind it takes those at its end
---@return engine.template.Node[]
function M.nodes(nodes, left, right)
  local out, was_text, trims = {}, false, left
  for _, node in ipairs(nodes) do
    local t = node.t
    if t == "text" then
      was_text = true
      if trims then
        node, trims = trim_start(node), false
      end
      out[#out + 1] = node
    else
      if t == "if" then
        trim_if(node, was_text and out or nil)
        trims = node.er
      elseif t ~= "super" then
        if was_text and node.l then
          trim_end(out)
        end
        trims = node.r
        if t == "raw" then
          raw(node)
          trims = node.er
        elseif node.body then
          node.body = M.nodes(node.body, node.r, node.el)
          trims = node.er
        end
      end
      was_text = false
      out[#out + 1] = node
    end
  end
  if right then
    trim_end(out)
  end
  return out
end

return M
