--- Makes edits of the protocol of a text that is to become another one: only the lines that differ.
local diff = require("engine.expect.diff")

---@class engine.lsp.edits
local M = {}

--- Cuts a text into its lines, line ends included, and says where each begins.
local function split(text)
  local lines, offsets, at = {}, {}, 1
  while at <= #text do
    local feed = text:find("\n", at, true) or #text
    lines[#lines + 1], offsets[#offsets + 1] = text:sub(at, feed), at - 1
    at = feed + 1
  end
  offsets[#offsets + 1] = #text
  return lines, offsets
end

--- Lists the edits that make `new` of the text of a document.
---@param server engine.lsp.Server
---@param document engine.lsp.Document
---@param new string
---@return table[] edits
---@nodiscard
function M.between(server, document, new)
  local a, offsets = split(document.text)
  local b = split(new)
  local list, pending = {}, nil
  for _, op in ipairs(diff.compare(a, b)) do
    if op.kind == "=" then
      pending = nil
    else
      if not pending then
        pending = { first = op.a, count = 0, text = {} }
        list[#list + 1] = pending
      end
      if op.kind == "-" then
        pending.count = pending.count + op.count
      else
        table.move(b, op.b, op.b + op.count - 1, #pending.text + 1, pending.text)
      end
    end
  end
  for i, one in ipairs(list) do
    local first = offsets[one.first]
    list[i] = {
      range = server.documents:range(document, first, offsets[one.first + one.count]),
      newText = table.concat(one.text),
    }
  end
  return list
end

--- Makes the edit that replaces a part of a document.
---@param server engine.lsp.Server
---@param document engine.lsp.Document
---@param edit engine.lint.Edit
---@return table
---@nodiscard
function M.of(server, document, edit)
  return {
    range = server.documents:range(document, edit.offset, edit.stop), newText = edit.text,
  }
end

return M
