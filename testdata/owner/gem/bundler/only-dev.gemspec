# -*- encoding: utf-8 -*-
# stub: only-dev 0.1 ruby lib

Gem::Specification.new do |s|
  s.name = "only-dev".freeze
  s.version = "0.1"

  s.required_rubygems_version = Gem::Requirement.new(">= 0".freeze) if s.respond_to? :required_rubygems_version=
  s.require_paths = ["lib".freeze]
  s.authors = ["Nobody".freeze]
  s.date = "2023-11-14"
  s.description = "Made for a test, else good for nothing.".freeze
  s.files = ["lib/only-dev.rb".freeze]
  s.homepage = "https://example.org".freeze
  s.licenses = ["MIT".freeze]
  s.rubygems_version = "3.3.15".freeze
  s.summary = "Made for a test, else good for nothing.".freeze

  s.installed_by_version = "3.3.15" if s.respond_to? :installed_by_version
end
