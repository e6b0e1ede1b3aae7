--- Differences in unified form: what is shown, and that patch(1) makes the new text of the old one.
local documents = dofile((os.getenv("CLNRM_ROOT") or ".") .. "/tests/tools/toml_documents.lua")
local fs = require("core.fs")
local toml = require("core.toml")
local unified = require("engine.unified")

describe("engine.unified", function()
  it("shows three equal lines around a change, and joins changes that are near", function()
    local old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n"
    local new = old:gsub("\n5\n", "\nfive\n"):gsub("\n17\n", "\n")
    assert.equal("--- f\n+++ f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"
      .. "@@ -14,5 +14,4 @@\n 14\n 15\n 16\n-17\n 18\n", unified.render("f", old, new))
    new = old:gsub("\n5\n", "\nfive\n"):gsub("\n11\n", "\n")
    assert.equal(1, #unified.hunks(old, new))
  end)

  it("is empty where nothing differs", function()
    assert.equal("", unified.render("f", "a\n", "a\n"))
  end)

  it("tells of a last line without an end", function()
    assert.equal("--- f\n+++ f\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n",
      unified.render("f", "a", "a\n"))
    assert.equal("--- f\n+++ f\n@@ -0,0 +1 @@\n+a\n", unified.render("f", "", "a\n"))
    assert.equal("--- f\n+++ f\n@@ -1 +0,0 @@\n-a\n", unified.render("f", "a\n", ""))
  end)

  it("is coloured by line when asked", function()
    local got = unified.render("f", "a\n", "b\n", { color = true })
    assert.matches("\27%[31m%-a\27%[0m\n\27%[32m%+b\27%[0m", got)
  end)

  it("shows a terminal nothing but text", function()
    local got = unified.render("f", "a\27[31m\n", "b\n", { safe = function(s)
      return (s:gsub("\27", "?"))
    end })
    assert.is_nil(got:find("\27", 1, true))
  end)

  it("is what patch reads", function()
    if not os.execute("command -v patch >/dev/null") then
      pending("skipped: no patch(1)")
      return
    end
    local dir = assert(fs.tempdir())
    local function write(name, text)
      assert(fs.write_atomic(dir .. "/" .. name, text))
    end
    for seed = 1, 40 do
      local old = documents.make(seed)
      local new = assert(toml.format(old))
      if old ~= new and not old:find("\r") then
        write("f", old)
        write("d", unified.render("f", old, new))
        assert.is_true(os.execute(("cd '%s' && patch -s f < d"):format(dir)), "document " .. seed)
        assert.equal(new, (fs.read(dir .. "/f")))
      end
    end
    assert(fs.remove_tree(dir))
  end)
end)
