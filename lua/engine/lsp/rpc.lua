--- JSON-RPC 2.0, as the language server protocol has it: what a message is, and what answers it.
---
--- Pure.
local json = require("core.json")

---@class engine.lsp.rpc
local M = {}

M.PARSE_ERROR = -32700
M.INVALID_REQUEST = -32600
M.METHOD_NOT_FOUND = -32601
M.INVALID_PARAMS = -32602
M.INTERNAL_ERROR = -32603
M.NOT_INITIALIZED = -32002
M.REQUEST_FAILED = -32803
M.CANCELLED = -32800

local DEPTH_MAX, VALUES_MAX = 128, 1000000

---@class engine.lsp.Message
---@field id? integer|string     of a request
---@field method? string         nil: the answer to a request of ours
---@field params table

---@class engine.lsp.Problem raised where a request cannot be answered
---@field rpc_code integer
---@field message string

--- Raises what is answered with an error.
---@param code integer
---@param message string
function M.raise(code, message)
  error({ rpc_code = code, message = message }, 0)
end

local function failure(id, code, message)
  return { jsonrpc = "2.0", id = id == nil and json.null or id,
    error = { code = code, message = message } }
end

--- Makes the answer that a request failed.
M.failure = failure

--- Makes the answer to a request.
---@param id integer|string
---@param result any nil: null
---@return table
---@nodiscard
function M.answer(id, result)
  return { jsonrpc = "2.0", id = id, result = result == nil and json.null or result }
end

local function is_id(id)
  return type(id) == "string" or math.type(id) == "integer"
end

--- Reads a body.
---@param body string
---@return engine.lsp.Message? message
---@return table? failure what to answer instead
function M.read(body)
  local value, err = json.decode(body, { depth = DEPTH_MAX, values = VALUES_MAX })
  if value == nil then
    return nil, failure(nil, M.PARSE_ERROR, "this is no JSON: " .. err.message)
  elseif type(value) ~= "table" or json.is_array(value) then
    return nil, failure(nil, M.INVALID_REQUEST, "a message is one object; there are no batches")
  end
  local id = value.id
  if id ~= nil and not is_id(id) then
    local is_answer = id == json.null and value.method == nil
    return nil, not is_answer and failure(nil, M.INVALID_REQUEST, "`id` is a number or a text")
      or nil
  elseif value.jsonrpc ~= "2.0" then
    return nil, failure(id, M.INVALID_REQUEST, '`jsonrpc` must be "2.0"')
  elseif value.method == nil and (value.result ~= nil or value.error ~= nil) then
    return { id = id, params = {} }
  elseif type(value.method) ~= "string" then
    return nil, failure(id, M.INVALID_REQUEST, "`method` must be a text")
  end
  local params = value.params
  if params == nil or params == json.null then
    params = {}
  elseif type(params) ~= "table" then
    return nil, failure(id, M.INVALID_PARAMS, "`params` must be an object")
  end
  return { id = id, method = value.method, params = params }
end

return M
