--- Nothing outside the room could have a part in what happened in it.
local M = {
  summary = "The room had a network of its own with no way out, and nothing of the environment.",
  value = "true",
}

--- Looks at what the room really had.
---@param _ true
---@param seen clnrm.assertions.Seen
---@return boolean? ok
---@return string? why
function M.check(_, seen)
  local net = seen.isolation and seen.isolation.net
  if not net then
    return nil, "nobody saw by what its room was isolated"
  elseif not net:find("^own namespace") then
    return false, "its room had no network of its own: " .. net
  elseif #seen.allowed_hosts > 0 then
    return false, "its policy lets it reach " .. table.concat(seen.allowed_hosts, ", ")
  elseif #seen.inherited > 0 then
    return false, "its room was given variables of the environment: "
      .. table.concat(seen.inherited, ", ")
  elseif #seen.published > 0 then
    return false, "ports of it were open to the machine: " .. table.concat(seen.published, ", ")
  end
  return true
end

return M
