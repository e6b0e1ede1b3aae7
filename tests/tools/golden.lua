--- Compares what came with a file that was agreed on; CLNRM_GOLDEN=write makes the file anew: read
--- the difference then.
local root = os.getenv("CLNRM_ROOT") or "."

--- Makes what compares, for files of one kind.
---@param form string of the path, seen from the tree; %s is the name
---@return fun(name: string, got: string)
return function(form)
  return function(name, got)
    local path = root .. "/" .. form:format(name)
    if os.getenv("CLNRM_GOLDEN") == "write" then
      local file = assert(io.open(path, "wb"))
      file:write(got)
      file:close()
    end
    local file = io.open(path, "rb")
    local agreed = file and file:read("a")
    if file then
      file:close()
    end
    require("luassert").equal(agreed, got)
  end
end
