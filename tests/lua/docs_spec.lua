local root = os.getenv("CLNRM_ROOT") or "."

describe("docs/gen.lua", function()
  local gen = assert(loadfile(root .. "/docs/gen.lua"))()

  it("knows its pages", function()
    assert.is_true(#gen.pages() >= 2)
  end)

  for _, page in ipairs(gen.pages()) do
    it(page.file .. " is not stale", function()
      assert.equal(page.make(), gen.read(page), "run: clnrm lua docs/gen.lua")
    end)
  end
end)
