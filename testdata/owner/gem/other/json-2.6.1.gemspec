# -*- encoding: utf-8 -*-
# stub: json 2.6.1 ruby lib
# stub: ext/json/ext/parser/extconf.rb

Gem::Specification.new do |s|
  s.name = "json".freeze
  s.version = "2.6.1"

  s.files = ["ext/json/ext/parser/extconf.rb".freeze, "json.rb".freeze, "json/common.rb".freeze]
end
