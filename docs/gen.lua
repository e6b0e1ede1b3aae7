--- Writes the pages of docs/ that come from the program's own tables: docs/gen/NAME.lua each.
---
--- A page is { file =, make = function() → text }; a file of docs/gen returns one,
--- or a list of them.  tests/lua/docs_spec.lua tells the stale ones.
---
--- usage: make docs, which is `clnrm lua docs/gen.lua` (`lua` is for tools of this project, and
--- not in --help); writes the pages that changed
local root = os.getenv("CLNRM_ROOT") or "."

local M = {}

--- Loads the pages, by name.
---@return { file: string, make: fun(): string }[]
function M.pages()
  local pages = {}
  local names = assert(io.popen(("ls '%s/docs/gen'"):format(root)))
  for name in names:lines() do
    local made = assert(loadfile(root .. "/docs/gen/" .. name))()
    table.move(made.file and { made } or made, 1, made.file and 1 or #made, #pages + 1, pages)
  end
  names:close()
  return pages
end

--- Reads a page as it stands.
---@return string? text nil when there is none
function M.read(page)
  local file = io.open(root .. "/" .. page.file, "rb")
  local text = file and file:read("a")
  if file then
    file:close()
  end
  return text
end

if arg and arg[0] and arg[0]:match("gen%.lua$") then
  for _, page in ipairs(M.pages()) do
    local text = page.make()
    if text ~= M.read(page) then
      local file = assert(io.open(root .. "/" .. page.file, "wb"))
      file:write(text)
      file:close()
      print("wrote " .. page.file)
    end
  end
end

return M
