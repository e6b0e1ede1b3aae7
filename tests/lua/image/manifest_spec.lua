-- luacheck: no max line length
--- The JSON of images: whatever bytes come, the answer is a table of known shape or one sentence.
local manifest = require("engine.image.manifest")

local HEX = ("0a"):rep(32)
local VALID = {
  docker = '[{"Config":"c.json","RepoTags":["a:1"],"Layers":["l/layer.tar","m/layer.tar"]}]',
  index = '{"schemaVersion":2,"manifests":[{"digest":"sha256:' .. HEX .. '","platform":{"os":"linux",'
    .. '"architecture":"amd64"},"annotations":{"org.opencontainers.image.ref.name":"a:1"}}]}',
  manifest = '{"config":{"digest":"sha256:' .. HEX .. '"},"layers":[{"digest":"sha256:' .. HEX .. '"}]}',
  settings = '{"os":"linux","architecture":"amd64","config":{"Env":["A=b"],"Cmd":["x"],"User":"u",'
    .. '"ExposedPorts":{"80/tcp":{}}},"rootfs":{"diff_ids":["sha256:' .. HEX .. '"]}}',
}
local PIECES = { "null", "[]", "{}", '""', "-1", "1e999", '"\\u0000"', "[", "}", ",", "\0", "\xff", "true" }
local ROUNDS = 2000

--- Changes a text by a few random edits; the same for the same seed.
local function mutate(text, random)
  for _ = 1, random(1, 4) do
    local at, size = random(1, #text), random(0, 12)
    local piece = PIECES[random(1, #PIECES)]
    text = text:sub(1, at - 1) .. (random(1, 3) > 1 and piece or "") .. text:sub(at + size)
    text = text == "" and "x" or text
  end
  return text
end

describe("the description of an image", function()
  for name, text in pairs(VALID) do
    it("is read: " .. name, function()
      assert.is_table((manifest[name](text)))
    end)

    it("never raises, whatever its bytes are: " .. name, function()
      math.randomseed(20250101)
      local refused = 0
      for _ = 1, ROUNDS do
        local bytes = mutate(text, math.random)
        local ok, value, why = pcall(manifest[name], bytes)
        assert.is_true(ok, bytes .. ": " .. tostring(value))
        assert.is_true(type(value) == "table" or value == nil and type(why) == "string", bytes)
        refused = refused + (value == nil and 1 or 0)
      end
      assert.is_true(refused > ROUNDS // 2, refused)
    end)
  end

  it("has names and digests as plain texts, ports as numbers", function()
    local settings = assert(manifest.settings(VALID.settings))
    assert.same({ { "A", "b" } }, settings.config.env)
    assert.same({ 80 }, settings.config.ports)
    assert.is_nil(settings.config.health)
    assert.same({}, settings.config.volumes)
    local source = assert(manifest.docker(VALID.docker))[1]
    assert.same({ { name = "l/layer.tar" }, { name = "m/layer.tar" } }, source.layers)
    assert.equal("a:1", assert(manifest.index(VALID.index))[1].tag)
  end)
end)

describe("the settings of an image", function()
  local function config_of(text)
    local settings, why = manifest.settings(('{"architecture":"amd64","os":"linux",'
      .. '"rootfs":{"type":"layers","diff_ids":[]},"config":%s}'):format(text))
    return settings and settings.config, why
  end

  it("have a HEALTHCHECK with Docker's times where it says none", function()
    local health = config_of('{"Healthcheck":{"Test":["CMD-SHELL","a b"],"Interval":5000000000,'
      .. '"Retries":0}}').health
    assert.same({ shell = "a b", interval_ms = 5000, timeout_ms = 30000, start_period_ms = 0,
      retries = 3 }, health)
    assert.same({ "a", "b" }, config_of('{"Healthcheck":{"Test":["CMD","a","b"]}}').health.argv)
    for _, none in ipairs({ "null", '{"Test":["NONE"]}', '{"Test":[]}', '{"Test":null}' }) do
      local config, why = config_of('{"Healthcheck":' .. none .. "}")
      assert.is_table(config, why)
      assert.is_nil(config.health)
    end
  end)

  it("are refused with a HEALTHCHECK that is none", function()
    for _, bad in ipairs({ '"x"', "[]", '{"Test":"CMD"}', '{"Test":["CMD"]}', '{"Test":["RUN","x"]}',
      '{"Test":["CMD-SHELL","a","b"]}', '{"Test":[1]}' }) do
      local config, why = config_of('{"Healthcheck":' .. bad .. "}")
      assert.is_nil(config, bad)
      assert.matches("Healthcheck", why)
    end
  end)

  it("have VOLUMEs that are absolute paths, sorted, and no others", function()
    assert.same({ "/a", "/b/c" }, config_of('{"Volumes":{"/b//c/":{},"/a":{},"x":{},"/":{},"/../y":{},'
      .. '"/z/./y":{}}}').volumes)
    assert.same({}, config_of('{"Volumes":["/a"]}').volumes)
  end)
end)
