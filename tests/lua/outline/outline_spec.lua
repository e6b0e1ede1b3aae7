--- What is asked before an outline is kept or believed, each guard alone: the store is one in
--- memory, and what is found out of a file is what a test says.
local direct = require("engine.outline.direct")
local fs = require("core.fs")
local model = require("engine.model")
local outline = require("engine.outline")
local store = require("engine.outline.store")

local TEXT = '[meta]\nname = "a"\n[[steps]]\nname = "s"\ncommand = ["ls"]\n'

describe("engine.outline", function()
  local dir, kept, load

  before_each(function()
    dir, kept, load = assert(fs.tempdir()), {}, model.load
    assert(fs.write_atomic(dir .. "/clnrm.toml", ""))
    assert(fs.write_atomic(dir .. "/a.clnrm.toml", TEXT))
    stub(direct, "read") -- the file is one that does not fit
    stub(store, "is_open").returns(true)
    stub(store, "put", function(key, text_digest, code)
      kept[key] = store.pack(code, text_digest)
    end)
    stub(store, "get", function(key, text_digest)
      return kept[key] and store.unpack(kept[key], text_digest)
    end)
  end)

  after_each(function()
    for _, name in ipairs({ "is_open", "put", "get" }) do
      store[name]:revert()
    end
    direct.read:revert()
    model.load = load
    fs.remove_tree(dir)
  end)

  --- Reads the file by a loader of its own; says whether it was known.
  local function is_known(more, found)
    local opts = { file = "a.clnrm.toml", caches = true, define = {},
      known = { folders = {}, vars = {} }, seen = { used = {}, known = {}, given = {} } }
    for key, value in pairs(more or {}) do
      opts[key] = value
    end
    local has_read = false
    model.load = function(path, own)
      has_read = true
      local suite, list, text, suites = load(path, own)
      for key, value in pairs(found and found.trail or {}) do
        own.trail[key] = value
      end
      return suite, found and found.list or list, text, suites
    end
    local suite = outline.loader()(dir .. "/a.clnrm.toml", opts)
    assert.equal("a", suite.name)
    return not has_read
  end

  it("is found again", function()
    assert.is_false(is_known())
    assert.is_true(is_known())
  end)

  for what, found in pairs({
    ["files of the machine were looked at"] = { trail = { looks = true } },
    ["the time was told"] = { trail = { clock = true } },
    ["something was found"] = { list = { { code = "R013" } } },
  }) do
    it("is not kept where " .. what, function()
      assert.is_false(is_known(nil, found))
      assert.same({}, kept)
      assert.is_false(is_known())
      assert.is_true(is_known())
    end)
  end

  it("is of one way of reading", function()
    for _, way in ipairs({
      { strict = true }, { as_run = true }, { allow = { mounts = true } }, { backend = "docker" },
      { determinism = { seed = 1 } }, { determinism = { seed = 2 } },
      { determinism = { freeze_ms = 1 } }, { define = { { name = "a", text = "1" } } },
      { define = { { name = "a", value = "1" } } }, { define = { { name = "a", value = 1 } } },
      { define = { { name = "a", value = 1.0 } } }, { project_text = "[vars]\na = 1\n" },
      { file = "b.clnrm.toml" },
    }) do
      is_known()
      assert.is_true(is_known())
      assert.is_false(is_known(way), next(way))
      assert.is_true(is_known(way), next(way))
    end
  end)

  it("is not asked for where the text is given, or code of the project runs", function()
    is_known()
    for _, way in ipairs({ { given_text = TEXT }, { run_modules = true }, { caches = false },
      { define = { { name = "PASSWORD", text = "hunter22" } } },
      { define = { { name = "a", text = "http://a:hunter22@b" } } } }) do
      for _ = 1, 2 do
        assert.is_false(is_known(way), next(way))
      end
    end
  end)
end)
