--- The documents tell the truth: each `console run` block is executed and its output compared, and
--- the generated pages are what their source gives now.
local root = assert(os.getenv("CLNRM_ROOT"))
local clnrm = assert(os.getenv("CLNRM"))
local console = dofile(root .. "/tests/tools/console.lua")

local pages = {}
local pipe = assert(io.popen(("cd '%s' && ls README.md docs/*.md"):format(root)))
for path in pipe:lines() do
  pages[#pages + 1] = path
end
pipe:close()

for _, path in ipairs(pages) do
  local page = console.read(root .. "/" .. path)
  if #page.commands > 0 then
    describe(path, function()
      local dir, outputs

      setup(function()
        dir = console.open(page, root, clnrm)
        outputs = console.run(page, dir)
      end)

      teardown(function()
        console.close(dir)
      end)

      for i, entry in ipairs(page.commands) do
        it(("line %d: %s"):format(entry.line, entry.command:match("^[^\n]*")), function()
          local said, prints = console.normalize(entry.output), outputs[i] or "nothing"
          assert.equal(said, console.normalize(prints), "if the new output is right: make docs")
        end)
      end
    end)
  end
end

describe("docs/failures.md", function()
  it("shows each file of examples/failing", function()
    local text = assert(require("core.fs").read(root .. "/docs/failures.md"))
    local count = 0
    for name in require("lfs").dir(root .. "/examples/failing") do
      if name:find("%.clnrm%.") then
        count = count + 1
        assert.matches("$ clnrm run examples/failing/" .. name .. "\n", text, 1, true)
      end
    end
    assert.is_true(count > 15)
  end)
end)
