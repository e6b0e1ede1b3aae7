--- Reads what a client sends with a request; what is not of the right form is answered as invalid.
local rpc = require("engine.lsp.rpc")

---@class engine.lsp.params
local M = {}

--- Reads a field.
---@param t any
---@param name string
---@param kind "string"|"table"|"integer"|"boolean"
---@param is_optional? boolean
---@return any
function M.field(t, name, kind, is_optional)
  local value
  if type(t) == "table" then
    value = t[name]
  end
  if value == nil and is_optional then
    return nil
  elseif (kind == "integer" and math.type(value) or type(value)) ~= kind then
    rpc.raise(rpc.INVALID_PARAMS, ("`%s` must be %s"):format(name,
      kind == "table" and "an object" or kind == "integer" and "a whole number"
        or kind == "string" and "a text" or "true or false"))
  end
  return value
end

--- Reads a position.
---@param t any
---@return engine.lsp.Position
function M.position(t)
  local line, character = M.field(t, "line", "integer"), M.field(t, "character", "integer")
  if line < 0 or character < 0 then
    rpc.raise(rpc.INVALID_PARAMS, "a position is not negative")
  end
  return { line = line, character = character }
end

--- Reads a range.
---@param t any
---@return { start: engine.lsp.Position, end: engine.lsp.Position }
function M.range(t)
  return {
    start = M.position(M.field(t, "start", "table")),
    ["end"] = M.position(M.field(t, "end", "table")),
  }
end

--- Reads the URI of a document.
---@param params table
---@return string
function M.uri(params)
  return M.field(M.field(params, "textDocument", "table"), "uri", "string")
end

--- Finds the document that a request is about.
---@param server engine.lsp.Server
---@param params table
---@return engine.lsp.Document? document nil: it is none of ours, or is not looked at
function M.document(server, params)
  local uri = M.uri(params)
  local document = server.documents.by_uri[uri]
  if not document then
    rpc.raise(rpc.INVALID_PARAMS, "this document is not open: " .. uri)
  end
  return document.kind and not document.refused and document or nil
end

--- Finds the document and the offset that a request is about.
---@param server engine.lsp.Server
---@param params table
---@return engine.lsp.Document?
---@return integer? offset
function M.place(server, params)
  local document = M.document(server, params)
  local place = M.position(M.field(params, "position", "table"))
  if document then
    return document, server.documents:offset(document, place)
  end
end

--- Reads the changes of a document.
---@param params table
---@return table[]
function M.changes(params)
  local list = {}
  for i, change in ipairs(M.field(params, "contentChanges", "table")) do
    local range = M.field(change, "range", "table", true)
    list[i] = { text = M.field(change, "text", "string"), range = range and M.range(range) }
  end
  return list
end

return M
