# -*- encoding: utf-8 -*-
# stub: greet 2.2.0.pre ruby lib
# stub: ext/extconf.rb

Gem::Specification.new do |s|
  s.name = "greet".freeze
  s.version = "2.2.0.pre"

  s.required_rubygems_version = Gem::Requirement.new("> 1.3.1".freeze) if s.respond_to? :required_rubygems_version=
  s.require_paths = ["lib".freeze]
  s.authors = ["Nobody".freeze]
  s.date = "2023-11-14"
  s.description = "Made for a test, else good for nothing.".freeze
  s.extensions = ["ext/extconf.rb".freeze]
  s.files = ["ext/extconf.rb".freeze]
  s.homepage = "https://example.org".freeze
  s.licenses = ["MIT".freeze]
  s.rubygems_version = "3.3.15".freeze
  s.summary = "Made for a test, else good for nothing.".freeze

  s.installed_by_version = "3.3.15" if s.respond_to? :installed_by_version
end
