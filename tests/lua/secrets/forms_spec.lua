--- The forms in which a value is found: as languages and tools write it.
local filters = require("engine.template.filters")
local hash = require("core.hash")
local mask = require("engine.secrets.mask")
local reference = require("engine.template.reference")

local function masked(value, text)
  return mask.new({ value }).raw("a " .. text .. " b")
end

describe("a value with letters that are not ASCII is masked", function()
  local VALUE = "Pässwörd-Ünique-1"
  for name, text in pairs({
    ["in bytes of Python"] = [[P\xc3\xa4ssw\xc3\xb6rd-\xc3\x9cnique-1]],
    ["by ascii() of Python"] = [[P\xe4ssw\xf6rd-\xdcnique-1]],
    ["in octal of C, as ls and sed have it"] = [[P\303\244ssw\303\266rd-\303\234nique-1]],
    ["by ls for a shell"] = [[P'$'\303\244''ssw'$'\303\266''rd-'$'\303\234''nique-1]],
    ["in upper hexadecimal"] = [[P\xC3\xA4ssw\xC3\xB6rd-\xC3\x9Cnique-1]],
    ["in braces, as Rust and JavaScript have it"] = [[P\u{e4}ssw\u{f6}rd-\u{dc}nique-1]],
    ["in braces of Perl"] = [[P\x{e4}ssw\x{f6}rd-\x{dc}nique-1]],
    ["by Go"] = [[P\u00e4ssw\u00f6rd-\u00dcnique-1]],
    ["in Latin-1"] = "P\xe4ssw\xf6rd-\xdcnique-1",
    ["by cat -v"] = "PM-CM-$sswM-CM-6rd-M-CM-^\\nique-1",
  }) do
    it(name, function()
      assert.equal("a *** b", masked(VALUE, text))
    end)
  end

  it("beyond the first 65536 by Python and Go, and at both ends by ls", function()
    assert.equal("a *** b", masked("key-😀-key", [[key-\U0001f600-key]]))
    assert.equal("a ''$'***' b", masked("äbcdefgö", [[''$'\303\244''bcdefg'$'\303\266']]))
  end)
end)

describe("a value with control characters is masked", function()
  local VALUE = "tab\there\1\0237\27[x\127'"
  for name, text in pairs({
    ["by repr() of Python"] = [[tab\there\x01\x177\x1b[x\x7f']],
    ["by node"] = [[tab\there\x01\x177\x1B[x\x7F\']],
    ["by Perl, with short numbers"] = [[tab\there\1\0277\e[x\177']],
    ["by bash"] = [[tab\there\001\0277\E[x\177\']],
    ["by C"] = [[tab\there\001\0277\033[x\177']],
    ["by strace"] = [[tab\there\1\0277\33[x\177']],
    ["by Rust"] = [[tab\there\u{1}\u{17}7\u{1b}[x\u{7f}']],
    ["by cat -A"] = "tab^Ihere^A^W7^[[x^?'",
  }) do
    it(name, function()
      assert.equal("a *** b", masked(VALUE, text))
    end)
  end
end)

describe("a value is masked where it was escaped twice, doubled or counted", function()
  local VALUE = [[it's "so" & 50% <a\b>/]]
  for name, text in pairs({
    ["in single quotes of YAML and SQL"] = [[it''s "so" & 50% <a\b>/]],
    ["in CSV"] = [[it's ""so"" & 50% <a\b>/]],
    ["as JSON in JSON in JSON"] = [[it's \\\\\\\"so\\\\\\\" & 50% <a\\\\\\\\b>/]],
    ["as JSON in single quotes"] = [[it\'s \\"so\\" & 50% <a\\\\b>/]],
    ["as HTML in HTML"] = [[it's &amp;quot;so&amp;quot; &amp;amp; 50% &amp;lt;a\b&amp;gt;/]],
    ["as an address in an address"] = "it%2527s%2520%2522so%2522%2520%2526%252050%2525%2520"
      .. "%253Ca%255Cb%253E%252F",
  }) do
    it(name, function()
      assert.equal("a *** b", masked(VALUE, text))
    end)
  end

  it("as octal and decimal numbers", function()
    assert.equal("a \\*** b", masked("hunter2x", [[\150\165\156\164\145\162\062\170]]))
    assert.equal("a *** b", masked("hunter2x", "150 165 156 164 145 162 062 170"))
    assert.equal("[***]", mask.new({ "hunter2x" }).raw("[104, 117, 110, 116, 101, 114, 50, 120]"))
  end)
end)

describe("a value is masked where its case is another one", function()
  local VALUE = "S3cret-wÄchter's ölß"
  for name, text in pairs({
    ["by upper"] = "S3CRET-WÄCHTER'S ÖLSS",
    ["by lower"] = "s3cret-wächter's ölß",
    ["by title"] = "S3cret-Wächter's Ölß",
    ["by upper, in JSON"] = "S3CRET-W\\u00C4CHTER'S \\u00D6LSS",
    ["by upper, in a URL"] = "S3CRET-W%C3%84CHTER%27S%20%C3%96LSS",
  }) do
    it(name, function()
      assert.equal("a *** b", masked(VALUE, text))
    end)
  end

  it("and encoded", function()
    for _, text in ipairs({ "S3CRET-VALUE", "s3cret-value" }) do
      assert.equal("a *** b", masked("s3cret-vALUe", hash.base64(text)))
      assert.equal("a *** b", masked("s3cret-vALUe", hash.hex(text)))
    end
  end)
end)

--- Values of secrets: a key, a password with signs, letters that are not ASCII, several lines.
local VALUES = {
  "ghp_16C7e42F292c6912E7", [[ p@ss/w%rd "it's" <b>&amp;</b> \ 50$ `x` #{y} ]],
  "Größe\t€uro-Ünique\1\127", "-----BEGIN KEY-----\nMIIE/pQIBA+AKCAQEA==\r\nlast line\n",
}

--- What of filters is not the value, or of what value it is cannot be seen; docs/secrets.md.
local PARTS = {
  replace = true, reverse = true, slice = true, spaceless = true, split = true, striptags = true,
  first = true, last = true, nth = true, trim_end_matches = true, trim_start_matches = true,
}

--- Filters that a text is not given to, or of which no text comes.
local NOT_OF_TEXTS = {
  abs = true, date = true, filesizeformat = true, filter = true, float = true, get = true,
  group_by = true, int = true, length = true, map = true, pluralize = true, round = true,
  sort = true, unique = true, wordcount = true,
}

local OF_LISTS = { concat = true, join = true }

local ARGUMENTS = { concat = { with = {} }, default = { value = "x" }, truncate = { length = 7 } }

describe("a value is masked where a filter of templates writes it:", function()
  for name in pairs(reference.filters) do
    if not (PARTS[name] or NOT_OF_TEXTS[name]) then
      it(name, function()
        for _, value in ipairs(VALUES) do
          local subject = OF_LISTS[name] and { value } or value
          local text = filters[name]({}, subject, ARGUMENTS[name] or {})
          text = type(text) == "table" and text[1] or text
          local shown = mask.new({ value }):text(text)
          assert.matches("^%*%*%*", (shown:gsub('^[%s"]+', "")))
          local rest = shown:gsub("%*%*%*", ""):gsub("<br>", ""):gsub("…", ""):gsub('[%s"]', "")
          assert.equal("", rest)
        end
      end)
    end
  end
end)
