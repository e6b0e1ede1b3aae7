--- Writes into the documents what their `console run` blocks print now.
---
--- usage: CLNRM=PROGRAM lua5.4 tools/docs.lua PAGE...     from the root of the source tree
local console = dofile("tests/tools/console.lua")

local pipe = assert(io.popen("pwd"))
local root = pipe:read("l")
pipe:close()

for _, path in ipairs(arg) do
  local page = console.read(path)
  if #page.commands > 0 then
    local dir = console.open(page, root, assert(os.getenv("CLNRM")))
    local outputs, stale = console.run(page, dir), false
    console.close(dir)
    for i, entry in ipairs(page.commands) do
      local now = assert(outputs[i], ("%s:%d did not end"):format(path, entry.line))
      if console.normalize(now) == console.normalize(entry.output) then
        outputs[i] = entry.output -- other times are no change
      else
        stale = true
      end
    end
    if stale then
      console.write(page, outputs)
      print("wrote " .. path)
    end
  end
end
