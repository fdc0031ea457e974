"""What map_pages makes of real tables, on this machine."""

import host_builds
from course import chapter_of


def test_ranges_around_the_borders_of_all_tables():
    program = host_builds.build("map_pages_all", chapter_of(__file__))
    places, small, large = 27 * 27, 8, 9
    assert int(host_builds.run(program).stdout) == 2 * (places * small + places // 3 * large)
