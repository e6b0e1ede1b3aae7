--- The Lua blocks of the documents: those that begin with ```lua run are files of tests that pass,
--- every other one is Lua.
package.path = package.path .. ";" .. (os.getenv("CLNRM_ROOT") or ".") .. "/tests/e2e/?.lua"
local support = require("support")

local root = assert(os.getenv("CLNRM_ROOT"))

--- Lists the Lua blocks of a page.
local function blocks(page)
  local list, block = {}, nil
  for line in support.read(page):gmatch("(.-)\n") do
    if block then
      if line:match("^```") then
        block.text = table.concat(block.lines, "\n") .. "\n"
        list[#list + 1], block = block, nil
      else
        block.lines[#block.lines + 1] = line
      end
    elseif line == "```lua" or line == "```lua run" then
      block = { lines = {}, is_run = line == "```lua run" }
    end
  end
  return list
end

local pages = assert(io.popen(("ls '%s'/README.md '%s'/docs/*.md"):format(root, root)))
for page in pages:lines() do
  for i, block in ipairs(blocks(page)) do
    local name = ("%s, block %d"):format(page:match("[^/]+$"), i)
    if block.is_run then
      it(name .. " is a file of tests that pass", function()
        local dir = support.tempdir()
        finally(function()
          support.remove(dir)
        end)
        support.write(dir .. "/page.clnrm.lua", 'local clnrm = require("clnrm")\n' .. block.text)
        local result = support.run({ "run", "page.clnrm.lua" }, { cwd = dir })
        assert.equal(0, result.code, result.out .. result.err)
      end)
    else
      it(name .. " is Lua", function()
        assert(load(block.text, "=" .. name, "t"))
      end)
    end
  end
end
pages:close()
